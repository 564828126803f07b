// What servers that were killed leave to the system: shared memory, which nobody else gives back and of which a machine has so much.
import { spawnSync } from 'node:child_process';
import { globSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinaries, type RunAs } from './binaries.ts';

/** Where a server that did not stop leaves its lock, under the folder of its host. */
const LOCKS = ['servers/*/postmaster.pid', 'kept/*/postmaster.pid'];
const RELEASE_MS_MAX = 10_000;

/**
 * Gives back the shared memory of the killed servers under a twin's folder, or under the folder of its data. No server may be alive. What
 * cannot be given back keeps nothing else from being removed.
 */
export function releaseMemory(folder: string): void {
  for (const host of [folder, join(folder, 'data')])
    for (const lock of globSync(LOCKS, { cwd: host })) {
      try {
        release(host, join(host, lock));
      } catch {
        // Somebody else is removing the folder too, or PostgreSQL is not there any more.
      }
    }
}

/** A start in a data folder gives back what the last server left there; `--check` ends after that. */
function release(host: string, lock: string): void {
  const data = dirname(lock);
  const user = ownerOf(data);
  // A dead process that nobody waited for looks alive to PostgreSQL.
  rmSync(lock, { force: true });
  const options = { ...user, cwd: '/', env: { LC_ALL: 'C' }, timeout: RELEASE_MS_MAX };
  spawnSync(join(findBinaries(host, user), 'postgres'), ['--check', '-D', data], options);
}

/** PostgreSQL runs as whoever owns its data. */
function ownerOf(data: string): RunAs {
  const { uid, gid } = statSync(data);
  return process.geteuid?.() === uid ? {} : { uid, gid };
}
