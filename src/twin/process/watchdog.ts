// A small process that outlives this one for the single purpose of cleaning up after it.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ownEnvironment } from './own-environment.ts';
import { TwinProcessError } from './twin-process-error.ts';

const MAIN = join(import.meta.dirname, 'watchdog-main.ts');

/** A byte, any byte, lets the watchdog leave without reaping. */
const DISMISSED = '.';

export interface Watchdog {
  readonly pid: number;
  /** Lets it leave: whoever calls this has reaped, or will. */
  readonly close: () => void;
}

interface Watched {
  readonly registryFile: string;
  readonly folder: string;
}

/**
 * Starts a process that reaps when this one ends, in whatever way: it waits for the end of a pipe that only this
 * process holds, and no death leaves a pipe open. Does not keep this process alive.
 */
export function startWatchdog({ registryFile, folder }: Watched): Watchdog {
  const child = spawn(process.execPath, [MAIN, registryFile, folder], {
    // A session of its own: what ends this process's terminal or group must not end it too.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    env: ownEnvironment(),
  });
  child.on('error', () => undefined);
  if (child.pid === undefined)
    throw new TwinProcessError('watchdog-failed', `the watchdog could not be started with ${process.execPath}`);
  // It may have been ended by hand; then there is nobody to tell.
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as Socket).unref();
  return { pid: child.pid, close: () => void child.stdin.end(DISMISSED) };
}
