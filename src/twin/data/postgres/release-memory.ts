// What servers that were killed leave to the system: shared memory, which nobody else gives back and of which a machine has so much.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries, type RunAs } from './binaries.ts';

const LOCK = 'postmaster.pid';
const RELEASE_MS_MAX = 10_000;

/**
 * Gives back the shared memory of the killed servers under a twin's folder, or under the folder of its data. No server may be alive. What
 * cannot be given back keeps nothing else from being removed.
 */
export function releaseMemory(folder: string): void {
  for (const host of [folder, join(folder, 'data')]) {
    try {
      for (const data of ['servers', 'kept'].flatMap((name) => foldersIn(join(host, name)))) release(host, data);
    } catch {
      // Somebody else is removing the folder too, or PostgreSQL is not there any more.
    }
  }
}

/** A start in a data folder gives back what the last server left there; `--check` ends after that. */
function release(host: string, data: string): void {
  const lock = join(data, LOCK);
  if (!existsSync(lock)) return;
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

const foldersIn = (parent: string): readonly string[] =>
  existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
