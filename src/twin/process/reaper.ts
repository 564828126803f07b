import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { pause, powerOff } from './power-off.ts';
import { isAlive, type Registered, readRegistry } from './registry.ts';
import { TwinProcessError } from './twin-process-error.ts';

const GONE_MS_MAX = 5000;
const LOOK_EVERY_MS = 5;
const REMOVE_RETRIES_MAX = 5;

/**
 * Ends every process of a registry that is still the one that was registered, with its descendants, and removes the
 * twin's folder and the registry. `release` is called between the two: it gives back what killed processes leave to the system. Returns
 * what was killed; a second call finds nothing and returns nothing. The calling process is spared. Throws TwinProcessError
 * `registry-invalid`, or `not-killed` with the folder left in place.
 */
export function reap(registryFile: string, folder: string, release?: (folder: string) => void): readonly Registered[] {
  // A mistaken argument must not cost anybody their disk.
  assert(
    isAbsolute(folder) && dirname(dirname(resolve(folder))) !== dirname(resolve(folder)),
    `not a twin's folder: ${folder}`,
  );
  const alive = readRegistry(registryFile).filter((entry) => entry.pid !== process.pid && isAlive(entry));
  powerOff(alive.map(({ pid }) => pid));
  waitUntilGone(alive);
  release?.(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX });
  rmSync(registryFile, { force: true });
  return alive;
}

function waitUntilGone(killed: readonly Registered[]): void {
  const deadline = performance.now() + GONE_MS_MAX;
  while (killed.some(isAlive)) {
    if (performance.now() > deadline)
      throw new TwinProcessError('not-killed', `still there after ${GONE_MS_MAX} ms: ${named(killed)}`);
    pause(LOOK_EVERY_MS);
  }
}

const named = (entries: readonly Registered[]): string =>
  entries
    .filter(isAlive)
    .map(({ pid, what }) => `${what} (process ${pid})`)
    .join(', ');
