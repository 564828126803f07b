// Restoring a server to an instant: the newest base backup before it, and the archived log up to it.
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataPlaneError } from '../data-plane-error.ts';
import { copyFolder, type PostgresHost } from './host.ts';
import { baseBackup } from './replication.ts';
import type { PostgresServer } from './server.ts';
import { commandPath, type Settings } from './settings.ts';

const ARCHIVE_MS_MAX = 10_000;
const RESTORE_MS_MAX = 60_000;
const LOOK_EVERY_MS = 20;
const UNFINISHED = '.part';

/** Takes a base backup that restores of this server to a later instant start from; its name is when it was over, in epoch ms. */
export async function backUp(host: PostgresHost, server: PostgresServer, now: () => number): Promise<void> {
  const folder = host.backupOf(server.name);
  const part = join(folder, `${now()}${UNFINISHED}`);
  await baseBackup(host, server, part);
  // The clock shows the millisecond that has begun: the next one is the first that is surely after the backup.
  renameSync(part, join(folder, String(now() + 1)));
}

export interface RestoreSource {
  readonly name: string;
  /** When it runs and takes writes. */
  readonly running: PostgresServer | undefined;
}

/**
 * Fills the data folder of `target` from a source's newest backup before an instant (epoch ms). Resolves with the settings to start it
 * with: it replays transactions committed at or before the instant, and then takes writes. Throws DataPlaneError `no-backup`.
 */
export async function prepareRestore(
  host: PostgresHost,
  target: string,
  source: RestoreSource,
  at: number,
): Promise<Settings> {
  const backup = newestBefore(host, source.name, at);
  if (source.running !== undefined) await flushArchive(source.running);
  const data = host.dataOf(target);
  await copyFolder(backup, data);
  writeFileSync(join(data, 'recovery.signal'), '');
  return {
    restore_command: `cp ${commandPath(host.archiveOf(source.name))}/%f "%p"`,
    // A server begins a new timeline with every promotion, and a backup with every timeline: the backup's own is the one to follow.
    recovery_target_timeline: 'current',
    recovery_target_time: new Date(at).toISOString().replace('T', ' ').replace('Z', '+00'),
    recovery_target_inclusive: 'on',
    recovery_target_action: 'promote',
  };
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

/** The log goes beyond this instant, the present segment is closed, and everything closed is archived. */
async function flushArchive(server: PostgresServer): Promise<void> {
  // Recovery knows that it has reached an instant by a commit after it; an idle server has none. This one changes nothing.
  await server.query('SELECT pg_current_xact_id()');
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

/** Resolves when a server that was started to be restored takes writes. Throws DataPlaneError `no-backup` or `timed-out`. */
export async function untilRestored(server: PostgresServer): Promise<void> {
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
