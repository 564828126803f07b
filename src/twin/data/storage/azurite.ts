// One Azurite process: the blob store of a region. It is stopped, never killed, when its region is lost, because a killed one loses up to
// five seconds of what it had acknowledged.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ownEnvironment } from '../../process/own-environment.ts';
import type { Registry } from '../../process/registry.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import type { RunAs } from '../postgres/binaries.ts';

const START_MS_MAX = 30_000;
const STOP_MS_MAX = 3000;
const HEAP_MB_MAX = 512;
const LOG_CHARACTERS_MAX = 2000;
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+)/;

export interface AzuriteOptions {
  readonly region: string;
  /** Absent folder for its data. */
  readonly folder: string;
  /** Account names, which all have the same key (base64). */
  readonly accounts: readonly string[];
  readonly key: string;
  readonly user: RunAs;
  readonly registry: Registry;
}

export interface Azurite {
  readonly pid: number;
  /** On 127.0.0.1, plain HTTP. */
  readonly port: number;
  /** Ends the process; resolves when it is over. */
  readonly stop: () => Promise<void>;
}

/** Starts Azurite; resolves when it listens. Throws DataPlaneError `not-running`. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const { region, folder, accounts, key, registry } = options;
  const program = fileURLToPath(import.meta.resolve('azurite/dist/src/blob/main.js'));
  const user = canRun(program, options.user) ? options.user : {};
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const own = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--location', folder];
  // The client's newest version of the protocol is newer than Azurite's.
  const manners = ['--silent', '--disableTelemetry', '--skipApiVersionCheck'];
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB_MAX}`, program, ...own, ...manners], {
    ...user,
    detached: true,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...ownEnvironment(), AZURITE_ACCOUNTS: accounts.map((account) => `${account}:${key}`).join(';') },
  });
  try {
    const port = await portOf(child, region);
    const pid = Number(child.pid);
    registry.add({ pid, what: `azurite ${region}` });
    return { pid, port, stop: () => end(child).then(() => registry.remove(pid)) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

/** Azurite may run as root, unlike PostgreSQL: it does where the unprivileged user cannot reach the program's folder, or Node's. */
function canRun(program: string, user: RunAs): boolean {
  const look = ['-r', program, '-a', '-x', process.execPath];
  return spawnSync('test', look, { ...user, cwd: '/', env: { PATH: process.env['PATH'] ?? '' } }).status === 0;
}

function portOf(child: ChildProcess, region: string): Promise<number> {
  let log = '';
  return new Promise((settle, fail) => {
    const failed = (why: string) =>
      fail(new DataPlaneError('not-running', `the blob store of ${region} did not start: ${why}\n${log}`));
    const timer = setTimeout(() => failed(`it did not listen within ${START_MS_MAX} ms`), START_MS_MAX);
    const read = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-LOG_CHARACTERS_MAX);
      const port = LISTENS.exec(log)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      settle(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', ({ message }) => failed(message));
    child.once('exit', (code, signal) => failed(`it ended with ${code ?? signal}`));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((settle) => child.once('exit', settle));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  // One that stands still hears nothing else.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await over;
  clearTimeout(timer);
}
