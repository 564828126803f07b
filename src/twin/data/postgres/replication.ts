// Base backups through SQL alone (the package ships no pg_basebackup), standbys across a link, promotion.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { DataPlaneError } from '../data-plane-error.ts';
import { own, type PostgresHost, run, USER } from './host.ts';
import type { PostgresServer } from './server.ts';

const PROMOTE_SECONDS_MAX = 30;
const STREAMING_MS_MAX = 60_000;
const LOOK_EVERY_MS = 10;
/** Files that a server makes anew, or that must not be taken from a running one. */
const NOT_COPIED = [
  'pg_wal/*',
  'postmaster.*',
  'pg_replslot/*',
  'pg_stat_tmp/*',
  'pg_dynshmem/*',
  'pg_notify/*',
  'pg_subtrans/*',
  'standby.signal',
  'recovery.signal',
];

/** Copies a running server's data into an empty folder that can be started as a standby or restored. */
export async function baseBackup(host: PostgresHost, source: PostgresServer, folder: string): Promise<void> {
  const client = new pg.Client(source.login());
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_backup_start($1, true)', [`copy of ${source.name}`]);
    await rm(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await copyRunning(host.dataOf(source.name), folder);
    const { rows } = await client.query<{ labelfile: string; spcmapfile: string }>(
      'SELECT * FROM pg_backup_stop(false)',
    );
    writeFileSync(join(folder, 'backup_label'), rows[0]?.labelfile ?? '');
    mkdirSync(join(folder, 'pg_wal'), { recursive: true, mode: 0o700 });
    await own(host, folder);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function copyRunning(from: string, to: string): Promise<void> {
  const excludes = NOT_COPIED.map((pattern) => `--exclude=./${pattern}`).join(' ');
  const script = `cd "$1" && tar --warning=no-file-changed ${excludes} -cf - . | tar -xf - -C "$2"`;
  await run('sh', ['-c', script, 'sh', from, to]);
}

/** Settings of a standby that follows the server behind a local port. */
export const standbySettings = (host: PostgresHost, name: string, port: number) => ({
  primary_conninfo: `host=127.0.0.1 port=${port} user=${USER} password=${quoted(host.password)} application_name=${name}`,
  recovery_target_timeline: 'latest',
});

/** A value of a connection string, as libpq reads it. */
const quoted = (value: string) => `'${value.replaceAll(/[\\']/g, '\\$&')}'`;

/** Marks a data folder as a standby's. */
export const markStandby = (data: string): void => appendFileSync(join(data, 'standby.signal'), '');

/** Resolves when `source` sends to the standby of this name and the standby has caught up with where it was. Throws `timed-out`. */
export async function untilStreaming(source: PostgresServer, standby: string): Promise<void> {
  const deadline = performance.now() + STREAMING_MS_MAX;
  while (performance.now() < deadline) {
    if (await isStreaming(source, standby)) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new DataPlaneError('timed-out', `${standby} does not stream from ${source.name} after ${STREAMING_MS_MAX} ms`);
}

/** True when `source` sends to the standby of this name, which has caught up once. */
export async function isStreaming(source: PostgresServer, standby: string): Promise<boolean> {
  const [row] = await source.query<{ state: string }>(
    'SELECT state FROM pg_stat_replication WHERE application_name = $1',
    [standby],
  );
  return row?.state === 'streaming';
}

/** Ends recovery at what was received, and resolves when the server takes writes. */
export async function promoteServer(server: PostgresServer): Promise<void> {
  const [before] = await server.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
  if (before?.replica !== true)
    throw new DataPlaneError('not-a-replica', `expected ${server.name} to be a replica, found a primary`);
  const [promoted] = await server.query<{ done: boolean }>('SELECT pg_promote(true, $1) AS done', [
    PROMOTE_SECONDS_MAX,
  ]);
  if (promoted?.done !== true)
    throw new DataPlaneError('timed-out', `${server.name} was not promoted within ${PROMOTE_SECONDS_MAX} s`);
}

/** Milliseconds by which a replica is behind: a figure of the replica itself, which is no measure of loss. */
export async function replayLagMs(server: PostgresServer): Promise<number | null> {
  const [row] = await server.query<{ lag: number | null }>(
    'SELECT (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::float8 AS lag',
  );
  return row?.lag ?? null;
}
