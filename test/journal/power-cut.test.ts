// A power cut leaves a file that ends anywhere. What was acknowledged before the cut is there, or the journal says that it is broken.
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalError } from '../../src/journal/journal-error.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { aborted, at, newRun } from './suite.ts';

const GROUPS = 12;
let folder = '';
/** Bytes of the write-ahead log after the run was made, and after each group of two events. */
let sizes: readonly number[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-cut-'));
  const file = join(folder, 'journal.db');
  const store = openSqliteStore(file);
  const journal = await store.create(newRun('run-1'), at(0, aborted('first')));
  const size = () => statSync(`${file}-wal`).size;
  const found = [size()];
  for (let index = 0; index < GROUPS; index += 1) {
    await journal.append([0, 1].map((half) => at(index, aborted(`${index}.${half} ${'x'.repeat(index * 300)}`))));
    found.push(size());
  }
  sizes = found;
  // As it lies on the disk while the writer is at work; closing it would move everything into the main file.
  for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, join(folder, `cut.db${suffix}`));
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

let copies = 0;

/** Events of a copy that was damaged, or the code of the error that says so. */
async function readAfter(damage: (file: string) => unknown): Promise<number | string> {
  copies += 1;
  const file = join(folder, `copy-${copies}.db`);
  for (const suffix of ['', '-wal']) {
    const from = join(folder, `cut.db${suffix}`);
    if (existsSync(from)) copyFileSync(from, `${file}${suffix}`);
  }
  await damage(file);
  try {
    const store = openSqliteStore(file);
    try {
      return (await store.find('run-1')) === undefined ? 'no run' : (await store.events('run-1')).length;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return error.code;
  }
}

describe('a power cut', () => {
  it('at any byte of the write-ahead log leaves every group that was acknowledged before it', async () => {
    const from = sizes[0] ?? 0;
    const to = sizes.at(-1) ?? 0;
    const cut = fc.integer({ min: from, max: to });
    await fc.assert(
      fc.asyncProperty(cut, async (bytes) => {
        const whole = sizes.filter((size) => size <= bytes).length - 1;
        expect(await readAfter((file) => truncateSync(`${file}-wal`, bytes))).toBe(1 + 2 * whole);
      }),
      { numRuns: 60, examples: sizes.map((size) => [size]) },
    );
  });

  it('before the run was on record leaves no run, and no error', async () => {
    const before = Math.floor((sizes[0] ?? 0) - 1);
    expect(await readAfter((file) => truncateSync(`${file}-wal`, before))).toBe('no run');
  });

  it('that wrote rubbish into the log leaves a beginning of the run', async () => {
    const [from = 0, to = 0] = [sizes[0], sizes.at(-1)];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: from, max: to - 1 }), async (place) => {
        const found = await readAfter((file) => flip(`${file}-wal`, place));
        const before = sizes.filter((size) => size <= place).length - 1;
        expect(found).toBe(1 + 2 * before);
      }),
      { numRuns: 30 },
    );
  });

  it('in the main file is said, or has cut off nothing', async () => {
    const closed = async (file: string) => {
      await openSqliteStore(file).close();
      return statSync(file).size;
    };
    const all = 1 + 2 * GROUPS;
    expect(await readAfter(closed)).toBe(all);
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      const found = await readAfter(async (file) => truncateSync(file, Math.floor((await closed(file)) * part)));
      expect(['unreadable', 'broken-chain', 'line-invalid', all], `cut at ${part}`).toContain(found);
    }
  });
});

function flip(file: string, place: number): void {
  const bytes = readFileSync(file);
  bytes[place] = (bytes[place] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}
