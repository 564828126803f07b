import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import type { JournalStore } from '../../src/journal/journal.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { aborted, at, failsWith, journalSuite, newRun, playProcesses } from './suite.ts';

const folders: string[] = [];
const stores: JournalStore[] = [];
const newFile = () => {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-journal-'));
  folders.push(folder);
  return join(folder, 'state', 'journal.db');
};
const open = (...args: Parameters<typeof openSqliteStore>) => {
  const store = openSqliteStore(...args);
  stores.push(store);
  return store;
};
afterAll(async () => {
  for (const store of stores) await store.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** What somebody with an editor could do to the file. */
function tamper(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

journalSuite('the SQLite journal', () => {
  const file = newFile();
  return (writers) => open(file, writers);
});

describe('the SQLite journal on disk', () => {
  it('is readable by its owner alone, side files too', async () => {
    const file = newFile();
    await open(file).create(newRun('run-1'));
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(`${file}${suffix}`).mode & 0o777).toBe(0o600);
  });

  it('takes back rights that a file was given', async () => {
    const file = newFile();
    await openSqliteStore(file).close();
    writeFileSync(file, '', { flag: 'a', mode: 0o644 });
    open(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is in WAL mode with full synchronisation, so that what append returned outlives a power cut', async () => {
    const file = newFile();
    open(file);
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    database.close();
  });

  it('survives being closed and opened again', async () => {
    const file = newFile();
    const { as, kill } = playProcesses();
    const first = openSqliteStore(file, as(1));
    await (await first.create(newRun('run-1'))).append([at(0, aborted('a'))]);
    await first.close();
    kill(1);
    const second = open(file, as(2));
    expect((await (await second.take('run-1')).append([at(1, aborted('b'))]))[0]?.seq).toBe(2);
    expect(await second.events('run-1')).toHaveLength(2);
  });

  it.each([
    ['a changed byte', "UPDATE events SET line = replace(line, 'reason 3', 'reason X') WHERE seq = 3", 3],
    ['a changed line with a fitting digest', 'UPDATE events SET hash = hex(randomblob(32)) WHERE seq = 3', 3],
    ['a removed line', 'DELETE FROM events WHERE seq = 3', 3],
    [
      'two lines that changed places',
      'UPDATE events SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE seq END; UPDATE events SET seq = abs(seq)',
      2,
    ],
    ['a removed beginning', 'DELETE FROM events WHERE seq < 3', 1],
  ])('names the place of %s', async (_, sql, seq) => {
    const file = newFile();
    const store = open(file);
    await (await store.create(newRun('run-1'))).append(
      [1, 2, 3, 4, 5].map((number) => at(number, aborted(`reason ${number}`))),
    );
    tamper(file, sql);
    await expect(store.events('run-1')).rejects.toEqual(failsWith('broken-chain', seq));
  });

  it('leaves nothing of a handle in its files once the run has ended', async () => {
    const file = newFile();
    const store = open(file);
    const journal = await store.create(newRun('run-1'));
    await journal.keepHandle('promote', 1, 'https://management.test/operation?sig=VERYSECRET');
    await journal.append([at(0, aborted('a'))]);
    const bytes = () => ['', '-wal'].map((suffix) => readFileSync(`${file}${suffix}`, 'latin1')).join('');
    expect(bytes()).toContain('VERYSECRET');
    await journal.release('passed');
    expect(bytes()).not.toContain('VERYSECRET');
  });

  it('fences two writers of one term by the place itself', async () => {
    const file = newFile();
    const writers = playProcesses().as(1);
    const first = open(file, writers);
    const journal = await first.create(newRun('run-1'));
    await journal.append([at(0, aborted('a'))]);
    tamper(file, `INSERT INTO events (run, seq, line, hash) SELECT run, 2, line, hash FROM events WHERE seq = 1`);
    await expect(journal.append([at(1, aborted('b'))])).rejects.toEqual(failsWith('fenced'));
  });

  it('refuses a file of a later format, and one that is no journal', async () => {
    const later = newFile();
    await openSqliteStore(later).close();
    tamper(later, 'PRAGMA user_version = 99');
    expect(() => openSqliteStore(later)).toThrow(failsWith('format-version'));
    const other = newFile();
    await openSqliteStore(other).close();
    rmSync(other);
    writeFileSync(
      other,
      'this is a letter to a friend, and long enough to be taken for a page of something else'.repeat(60),
    );
    expect(() => openSqliteStore(other)).toThrow(failsWith('unreadable'));
  });
});
