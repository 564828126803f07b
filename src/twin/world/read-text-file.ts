// Files that people wrote, or strangers: plain, small and UTF-8, or refused before they are read.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../model/errors.ts';

const TEXT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The text of a file. A pipe or device is never waited for, and no more is read than may be. Throws UsageError `not-found` when there is
 * none that can be read, `refused` when it is no plain file, too large or not UTF-8.
 */
export function readTextFile(file: string): string {
  const bytes = readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError('refused', `${file}: expected text in UTF-8, found other bytes`, { cause });
  }
}

function readBytes(file: string): Uint8Array {
  const opened = open(file);
  try {
    const stat = fstatSync(opened);
    if (!stat.isFile()) throw new UsageError('refused', `${file}: expected a plain file, found something else`);
    // One more than may be: whether a file is too large is seen without reading it.
    const bytes = Buffer.alloc(Math.min(stat.size, TEXT_BYTES_MAX) + 1);
    const length = fill(opened, bytes);
    if (length > TEXT_BYTES_MAX || stat.size > TEXT_BYTES_MAX)
      throw new UsageError(
        'refused',
        `${file}: expected at most ${TEXT_BYTES_MAX} bytes, found ${Math.max(stat.size, length)}`,
      );
    return bytes.subarray(0, length);
  } finally {
    closeSync(opened);
  }
}

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError('not-found', `${file}: expected a readable file, found none (${code})`, { cause });
  }
}

function fill(opened: number, bytes: Buffer): number {
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(opened, bytes, length, bytes.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}
