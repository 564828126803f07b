// Small and fast to start; durable as PostgreSQL is by default, because a crashed primary's disk is the ground truth of what it had acknowledged.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Settings = Readonly<Record<string, string | number>>;

const FILE = 'twin.conf';

const COMMON: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'replica',
  max_wal_senders: 10,
  max_connections: 60,
  hot_standby: 'on',
  shared_buffers: '8MB',
  wal_keep_size: '128MB',
  min_wal_size: '8MB',
  max_wal_size: '256MB',
  io_method: 'sync',
  track_commit_timestamp: 'on',
  wal_receiver_status_interval: '1s',
  wal_retrieve_retry_interval: '200ms',
  autovacuum: 'off',
  logging_collector: 'off',
  log_line_prefix: '%m [%p] ',
};

/** Writes the server's own settings beside postgresql.conf, which includes them. */
export function writeSettings(data: string, settings: Settings): void {
  const lines = Object.entries({ ...COMMON, ...settings }).map(([name, value]) => `${name} = ${quoted(value)}`);
  writeFileSync(join(data, FILE), `${lines.join('\n')}\n`, { mode: 0o600 });
  const main = join(data, 'postgresql.conf');
  if (!readFileSync(main, 'utf8').includes(`include '${FILE}'`)) appendFileSync(main, `\ninclude '${FILE}'\n`);
}

/** In a string of a configuration file a backslash escapes what follows it. */
const quoted = (value: string | number) =>
  typeof value === 'number' ? String(value) : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** A path in a command that PostgreSQL gives to the shell after it replaced every `%` and what follows it. */
export const commandPath = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`.replaceAll('%', '%%');
