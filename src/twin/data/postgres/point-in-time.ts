// Restoring a server to an instant: the newest base backup before it, and the archived log up to it.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataPlaneError } from '../data-plane-error.ts';
import { copyFolder, own, type PostgresHost } from './host.ts';
import { baseBackup } from './replication.ts';
import type { PostgresServer } from './server.ts';

const ARCHIVE_MS_MAX = 10_000;
const RESTORE_MS_MAX = 60_000;
const LOOK_EVERY_MS = 20;

/** Takes a base backup that later restores of this server start from; its name is when it was over, in epoch ms. */
export async function backUp(host: PostgresHost, server: PostgresServer, now: number): Promise<void> {
  await baseBackup(host, server, join(host.backupOf(server.name), String(now)));
}

/** Fills `target`'s data with those of `source` at an instant and starts it; resolves when it takes writes. Transactions committed at or before `at` are in it. */
export async function restoreTo(
  host: PostgresHost,
  target: PostgresServer,
  source: { readonly name: string; readonly running: PostgresServer | undefined },
  at: number,
): Promise<void> {
  const backup = newestBefore(host, source.name, at);
  if (source.running !== undefined) await flushArchive(source.running);
  const data = host.dataOf(target.name);
  copyFolder(backup, data);
  writeFileSync(join(data, 'recovery.signal'), '');
  own(host, data);
  await target.start({
    restore_command: `cp "${host.archiveOf(source.name)}/%f" "%p"`,
    recovery_target_time: new Date(at).toISOString().replace('T', ' ').replace('Z', '+00'),
    recovery_target_inclusive: 'on',
    recovery_target_action: 'promote',
  });
  await untilWritable(target);
}

function newestBefore(host: PostgresHost, server: string, at: number): string {
  const folder = host.backupOf(server);
  const taken = existsSync(folder)
    ? readdirSync(folder)
        .map(Number)
        .filter((when) => when <= at)
    : [];
  if (taken.length === 0)
    throw new DataPlaneError(
      'no-backup',
      `expected a backup of ${server} at or before ${new Date(at).toISOString()}, found none`,
    );
  return join(folder, String(Math.max(...taken)));
}

/** The present segment is closed, and everything closed is archived. */
async function flushArchive(server: PostgresServer): Promise<void> {
  await server.query('SELECT pg_switch_wal()');
  const deadline = performance.now() + ARCHIVE_MS_MAX;
  while (performance.now() < deadline) {
    const [row] = await server.query<{ open: number }>(
      "SELECT count(*)::int AS open FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'",
    );
    if (row?.open === 0) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new DataPlaneError('timed-out', `the log of ${server.name} was not archived within ${ARCHIVE_MS_MAX} ms`);
}

async function untilWritable(server: PostgresServer): Promise<void> {
  const deadline = performance.now() + RESTORE_MS_MAX;
  while (performance.now() < deadline) {
    if (server.pid() === undefined)
      throw new DataPlaneError(
        'no-backup',
        `${server.name} ended before the instant was reached: the archived log does not go that far`,
      );
    // A server that ends its recovery may break a session off; it is asked again.
    const rows = await server.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica').catch(() => []);
    if (rows[0]?.replica === false) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new DataPlaneError('timed-out', `${server.name} was not restored within ${RESTORE_MS_MAX} ms`);
}
