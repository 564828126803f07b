// The file under the operational log. Winston's own file transport goes silent for good, and never ends, when one write fails.
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';

const FILE_BYTES_MAX = 50 * 1024 * 1024;
/** Older files beside the newest one: `.1` is the youngest of them. */
const OLDER_FILES_MAX = 2;

/**
 * A stream whose chunks stand in the file when their write is over. A disk that takes nothing costs lines and nothing else: `onTrouble` is
 * told once, until a line gets through again.
 */
export function openLogFile(file: string, onTrouble: (error: Error) => void): Writable {
  let isTroubled = false;
  const write = (chunk: Buffer) => {
    try {
      append(file, chunk);
      isTroubled = false;
    } catch (error) {
      if (!isTroubled) onTrouble(error as Error);
      isTroubled = true;
    }
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      write(chunk);
      done();
    },
  });
}

function append(file: string, chunk: Buffer): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  else if (size >= FILE_BYTES_MAX) rotate(file);
  appendFileSync(file, chunk, { mode: 0o600 });
}

function rotate(file: string): void {
  for (let older = OLDER_FILES_MAX; older > 0; older -= 1) {
    const from = older === 1 ? file : `${file}.${older - 1}`;
    if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${file}.${older}`);
  }
}
