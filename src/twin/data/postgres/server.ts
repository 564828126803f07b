// One PostgreSQL server: a data folder, a port that stays, and at most one postmaster.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { DataPlaneError } from '../data-plane-error.ts';
import { DATABASE, own, type PostgresHost, USER } from './host.ts';
import { commandPath, type Settings, writeSettings } from './settings.ts';

const START_MS_MAX = 30_000;
const STOP_MS_MAX = 30_000;
const ABORT_MS_MAX = 5000;
const QUERY_MS_MAX = 10_000;
const LOG_CHARACTERS_MAX = 4000;
const READY = /ready to accept (read-only )?connections/;

export interface PostgresServer {
  readonly name: string;
  readonly port: number;
  /** The postmaster's process; undefined while it does not run. */
  readonly pid: () => number | undefined;
  /** Starts with these settings beside the common ones; resolves when it takes connections. */
  readonly start: (settings?: Settings) => Promise<void>;
  /**
   * Fast shutdown: sessions end, and everything written is sent to the standbys first. Resolves at once when nothing runs. Throws
   * DataPlaneError `timed-out`; then too it is over, by an immediate shutdown.
   */
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
      await own(host, host.dataOf(name), host.archiveOf(name));
      const launched = launch(host, name);
      // From now on, ready or not: an outage takes a server that is starting, too.
      postmaster = launched;
      await untilReady(launched, name);
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
  archive_command: archiveCommand(commandPath(host.archiveOf(name))),
});

/** A half copied segment never carries the name of a whole one. */
const archiveCommand = (archive: string) =>
  `test -f ${archive}/%f || (cp "%p" ${archive}/%f.part && mv ${archive}/%f.part ${archive}/%f)`;

function launch(host: PostgresHost, name: string): Launched {
  const child = spawn(join(host.bin, 'postgres'), ['-D', host.dataOf(name)], {
    ...host.user,
    cwd: '/',
    // A group of its own: a signal to the twin's terminal is not one to the databases.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
  });
  child.on('exit', () => {
    if (child.pid !== undefined) host.registry.remove(child.pid);
  });
  if (child.pid !== undefined) host.registry.add({ pid: child.pid, what: `postgres ${name}` });
  return child;
}

type Launched = ChildProcess & { readonly stderr: NonNullable<ChildProcess['stderr']> };

function untilReady(child: Launched, name: string): Promise<void> {
  let log = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new DataPlaneError('postgres-failed', `${name} did not start: ${why}\n${log.slice(-LOG_CHARACTERS_MAX)}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`it was not ready within ${START_MS_MAX} ms`);
    }, START_MS_MAX);
    child.once('error', (error) => fail(error.message));
    // When its output is over, everything that it said about its end was read.
    child.once('close', (code, signal) => fail(`it ended with ${code ?? signal}`));
    const read = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-LOG_CHARACTERS_MAX);
      if (!READY.test(log)) return;
      clearTimeout(timer);
      child.stderr.off('data', read);
      // Nobody reads on, but a full pipe would stop the server.
      child.stderr.resume();
      resolve();
    };
    child.stderr.on('data', read);
  });
}

async function shutDown(postmaster: ChildProcess, name: string): Promise<void> {
  if (await endsBy(postmaster, 'SIGINT', STOP_MS_MAX)) return;
  if (!(await endsBy(postmaster, 'SIGQUIT', ABORT_MS_MAX))) await endsBy(postmaster, 'SIGKILL', ABORT_MS_MAX);
  throw new DataPlaneError('timed-out', `${name} did not stop properly within ${STOP_MS_MAX} ms`);
}

async function endsBy(postmaster: ChildProcess, signal: NodeJS.Signals, msMax: number): Promise<boolean> {
  if (isOver(postmaster)) return true;
  const waiting = new AbortController();
  const over = new Promise<true>((resolve) => postmaster.once('exit', () => resolve(true)));
  postmaster.kill(signal);
  const late = wait(msMax, false, { signal: waiting.signal }).catch(() => false);
  const ended = await Promise.race([over, late]);
  waiting.abort();
  return ended;
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
