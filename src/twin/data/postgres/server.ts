// One PostgreSQL server: a data folder, a port that stays, and at most one postmaster.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { DataPlaneError } from '../data-plane-error.ts';
import { DATABASE, own, type PostgresHost, USER } from './host.ts';
import { type Settings, writeSettings } from './settings.ts';

const START_MS_MAX = 30_000;
const STOP_MS_MAX = 30_000;
const QUERY_MS_MAX = 10_000;
const LOG_CHARACTERS_MAX = 20_000;
const READY = /ready to accept (read-only )?connections/;

export interface PostgresServer {
  readonly name: string;
  readonly port: number;
  /** The postmaster's process; undefined while it does not run. */
  readonly pid: () => number | undefined;
  /** Starts with these settings beside the common ones; resolves when it takes connections. */
  readonly start: (settings?: Settings) => Promise<void>;
  /** Fast shutdown: sessions end, and everything written is sent to the standbys first. */
  readonly stop: () => Promise<void>;
  readonly query: <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly login: () => pg.ClientConfig;
}

export async function createPostgresServer(host: PostgresHost, name: string): Promise<PostgresServer> {
  const port = await freePort();
  let postmaster: ChildProcess | undefined;
  const login = () => ({
    host: '127.0.0.1',
    port,
    user: USER,
    password: host.password,
    database: DATABASE,
    connectionTimeoutMillis: 3000,
  });
  return {
    name,
    port,
    login,
    pid: () => (postmaster === undefined || isOver(postmaster) ? undefined : postmaster.pid),
    start: async (settings = {}) => {
      mkdirSync(host.archiveOf(name), { recursive: true, mode: 0o700 });
      writeSettings(host.dataOf(name), { port, cluster_name: name, ...archiving(host, name), ...settings });
      own(host, host.dataOf(name), host.archiveOf(name));
      postmaster = await launch(host, name);
    },
    stop: async () => {
      if (postmaster !== undefined) await shutDown(postmaster, name);
    },
    query: (sql, values) => queryOnce(login(), sql, values),
  };
}

const isOver = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Every finished segment is kept, so that a point in time can be restored. */
const archiving = (host: PostgresHost, name: string): Settings => ({
  archive_mode: 'on',
  archive_command: `test -f "${host.archiveOf(name)}/%f" || (cp "%p" "${host.archiveOf(name)}/%f.part" && mv "${host.archiveOf(name)}/%f.part" "${host.archiveOf(name)}/%f")`,
});

function launch(host: PostgresHost, name: string): Promise<ChildProcess> {
  const child = spawn(join(host.bin, 'postgres'), ['-D', host.dataOf(name)], {
    ...host.user,
    cwd: '/',
    // A group of its own: a signal to the twin's terminal is not one to the databases.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
  });
  let log = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new DataPlaneError('postgres-failed', `${name} did not start: ${why}\n${log.slice(-2000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`it was not ready within ${START_MS_MAX} ms`);
    }, START_MS_MAX);
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (child.pid !== undefined) host.registry.remove(child.pid);
      fail(`it ended with ${code ?? signal}`);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-LOG_CHARACTERS_MAX);
      if (!READY.test(log)) return;
      clearTimeout(timer);
      resolve(child);
    });
    if (child.pid !== undefined) host.registry.add({ pid: child.pid, what: `postgres ${name}` });
  });
}

async function shutDown(postmaster: ChildProcess, name: string): Promise<void> {
  if (isOver(postmaster)) return;
  const over = new Promise<void>((resolve) => postmaster.once('exit', () => resolve()));
  postmaster.kill('SIGINT');
  const late = AbortSignal.timeout(STOP_MS_MAX);
  await Promise.race([
    over,
    new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason))),
  ]).catch((cause) => {
    throw new DataPlaneError('timed-out', `${name} did not stop within ${STOP_MS_MAX} ms`, { cause });
  });
}

async function queryOnce<Row extends pg.QueryResultRow>(
  login: pg.ClientConfig,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ ...login, query_timeout: QUERY_MS_MAX });
  // A connection that breaks after the answer must not end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A port of the loopback interface that nobody has now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
