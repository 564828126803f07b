// The file under the durable journal: who may read it, its format, and its transactions.
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from './journal-error.ts';

/** Kept in the file's `user_version`. */
const FORMAT_VERSION = 1;
/** Another process holds the lock for the time of one commit; this long means that it hangs. */
const LOCK_WAIT_MS_MAX = 10_000;

const SCHEMA = `
  CREATE TABLE runs (
    run TEXT NOT NULL PRIMARY KEY,
    drill TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    plan TEXT NOT NULL,
    outcome TEXT,
    writer_pid INTEGER,
    writer_started TEXT,
    term INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE events (
    run TEXT NOT NULL REFERENCES runs (run),
    seq INTEGER NOT NULL,
    line TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (run, seq)
  ) STRICT;
  CREATE TABLE handles (
    run TEXT NOT NULL REFERENCES runs (run),
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    handle TEXT NOT NULL,
    PRIMARY KEY (run, step, attempt)
  ) STRICT;
  CREATE TABLE commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL REFERENCES runs (run),
    command TEXT NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  PRAGMA user_version = ${FORMAT_VERSION};
`;

/** Opens or makes the file, readable by its owner alone. Throws JournalError `unreadable`, `locked` or `format-version`. */
export function openSqliteFile(file: string): DatabaseSync {
  return asJournalErrors(file, () => {
    makePrivate(file);
    const database = new DatabaseSync(file, { timeout: LOCK_WAIT_MS_MAX });
    try {
      prepare(database, file);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** SQLite gives its side files the mode of the main one, so the mode is set before they exist. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // A pipe would be waited for; through a link somebody else's file would be changed.
  for (const name of [file, `${file}-wal`, `${file}-shm`])
    if (lstatSync(name, { throwIfNoEntry: false })?.isFile() === false)
      throw new JournalError('unreadable', `${name}: expected a plain file and no link, found something else`);
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function prepare(database: DatabaseSync, file: string): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  // A forgotten handle is a signed address: its bytes are overwritten, not only unlinked.
  database.exec('PRAGMA secure_delete = ON;');
  if (versionOf(database) === 0)
    inTransaction(database, () => {
      if (versionOf(database) === 0) database.exec(SCHEMA);
    });
  const version = versionOf(database);
  if (version !== FORMAT_VERSION)
    throw new JournalError('format-version', `${file}: expected journal format ${FORMAT_VERSION}, found ${version}`);
}

const versionOf = (database: DatabaseSync) => Number(database.prepare('PRAGMA user_version').get()?.['user_version']);

/** All or nothing, and nobody else writes in between. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const BUSY = 5;
const FULL = 13;
/** SQLITE_IOERR_WRITE, _FSYNC, _DIR_FSYNC, _TRUNCATE and _SHMSIZE: how a full disk shows in the write-ahead log and its index. */
const WRITE_FAILED: ReadonlySet<number> = new Set([778, 1034, 1290, 1546, 4874]);
const CONSTRAINT_UNIQUE = 2067;

/** Runs `work`, and turns what SQLite throws into JournalError: a sequence number that is taken means another writer. */
export function asJournalErrors<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof JournalError) throw cause;
    const { errcode, message } = cause as { errcode?: number; message?: string };
    if (errcode === CONSTRAINT_UNIQUE)
      throw new JournalError('fenced', `${what}: another writer was faster`, { cause });
    if (errcode === BUSY)
      throw new JournalError('locked', `${what}: expected the lock within ${LOCK_WAIT_MS_MAX} ms, found it held`, {
        cause,
      });
    if (errcode === FULL)
      throw new JournalError('full', `${what}: the disk of the journal is full: ${message}`, { cause });
    if (errcode !== undefined && WRITE_FAILED.has(errcode))
      throw new JournalError('full', `${what}: the disk of the journal is full or refuses writes: ${message}`, {
        cause,
      });
    throw new JournalError('unreadable', `${what}: ${message ?? String(cause)}`, { cause });
  }
}
