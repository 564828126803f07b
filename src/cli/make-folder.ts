import { closeSync, existsSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../model/errors.ts';

/**
 * Makes a folder and those above it, one by one: where a file system takes no folders (`/proc`), Node's own recursive way never ends.
 * Throws UsageError `refused`.
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
    syncFolder(parent);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Another process may have made it just now.
    if (code === 'EEXIST') return;
    throw new UsageError('refused', `${path}: expected a folder that can be made, found none (${code})`, { cause });
  }
}

/** A power cut must not take a folder away in which something was acknowledged since. One that cannot be read cannot be synced either. */
function syncFolder(path: string): void {
  try {
    const handle = openSync(path, 'r');
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // The folder was made all the same, and whether it can be written is asked by writing.
  }
}

/** Makes a folder and tries it by writing. Throws UsageError `refused`. */
export function requireWritable(path: string, mode?: number): void {
  makeFolder(path, mode);
  try {
    rmdirSync(mkdtempSync(join(path, '.writable-')));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError('refused', `${path}: expected a folder that can be written, found none (${code})`, { cause });
  }
}
