// The durable journal: one SQLite file for all runs of a state folder.
import type { DatabaseSync } from 'node:sqlite';
import type { Command, JournalStore, NewRun, RunJournal, RunRecord } from './journal.ts';
import { JournalError } from './journal-error.ts';
import { asJournalErrors, inTransaction, openSqliteFile } from './sqlite-file.ts';
import { appendFirst, eventsFrom, openSqliteRun, storedFrom } from './sqlite-run.ts';
import { processWriters, refuseReopening, refuseTaking, type Writers } from './writer.ts';

/**
 * Opens the journal in `file`, made with mode 0600 (and its folder with 0700) when it is absent. Several processes may have it open;
 * each run has one writer. `writers` says which process this is and which ones live. Throws JournalError.
 */
export function openSqliteStore(file: string, writers: Writers = processWriters()): JournalStore {
  const database = openSqliteFile(file);
  const guarded = <T>(work: () => T): T => asJournalErrors(file, work);
  const records = () => database.prepare(`${SELECT_RUN} ORDER BY opened_at, rowid`).all();
  return {
    create: async (record, first) =>
      guarded(() =>
        inTransaction(database, () => {
          create(database, record, writers);
          if (first !== undefined) appendFirst(database, record.run, first);
          return openSqliteRun(database, record.run, 1);
        }),
      ),
    take: async (run) => guarded(() => inTransaction(database, () => take(database, run, writers))),
    reopen: async (run) => guarded(() => inTransaction(database, () => reopen(database, run, writers))),
    runs: async () => guarded(() => records().map((row) => living(toRecord(row), writers))),
    find: async (run) =>
      guarded(() => {
        const record = find(database, run);
        return record && living(record, writers);
      }),
    events: async (run, fromSeq) => guarded(() => eventsFrom(database, known(database, run).run, fromSeq)),
    lines: async (run) =>
      guarded(() => [...storedFrom(database, known(database, run).run, 1)].map((row) => ({ ...row }))),
    post: async (run, command) => guarded(() => inTransaction(database, () => post(database, run, command))),
    close: async () => guarded(() => database.close()),
  };
}

const SELECT_RUN = 'SELECT run, drill, opened_at, plan, outcome, writer_pid, writer_started FROM runs';

function create(database: DatabaseSync, { run, drill, openedAt, plan }: NewRun, { self }: Writers): void {
  if (find(database, run) !== undefined)
    throw new JournalError('exists', `expected a new name of a run, found "${run}"`);
  const insert = `INSERT INTO runs (run, drill, opened_at, plan, writer_pid, writer_started, term) VALUES (?, ?, ?, ?, ?, ?, 1)`;
  database.prepare(insert).run(run, drill, openedAt, plan, self.pid, self.startedAt);
}

function take(database: DatabaseSync, run: string, writers: Writers): RunJournal {
  refuseTaking(known(database, run), writers);
  return openTaken(database, run, writers);
}

function reopen(database: DatabaseSync, run: string, writers: Writers): RunJournal {
  refuseReopening(known(database, run));
  database.prepare('UPDATE commands SET taken = 1 WHERE run = ?').run(run);
  return openTaken(database, run, writers);
}

function openTaken(database: DatabaseSync, run: string, { self }: Writers): RunJournal {
  const update =
    'UPDATE runs SET outcome = NULL, writer_pid = ?, writer_started = ?, term = term + 1 WHERE run = ? RETURNING term';
  const taken = database.prepare(update).get(self.pid, self.startedAt, run);
  return openSqliteRun(database, run, Number(taken?.['term']));
}

function post(database: DatabaseSync, run: string, command: Command['command']): void {
  const { outcome } = known(database, run);
  if (outcome !== null) throw new JournalError('closed', `${run} is closed (${outcome})`);
  database.prepare('INSERT INTO commands (run, command) VALUES (?, ?)').run(run, JSON.stringify(command));
}

function known(database: DatabaseSync, run: string): RunRecord {
  const record = find(database, run);
  if (record === undefined) throw new JournalError('not-found', `expected a run of this store, found "${run}"`);
  return record;
}

function find(database: DatabaseSync, run: string): RunRecord | undefined {
  const row = database.prepare(`${SELECT_RUN} WHERE run = ?`).get(run);
  return row && toRecord(row);
}

function toRecord(row: Record<string, unknown>): RunRecord {
  const pid = row['writer_pid'];
  return {
    run: String(row['run']),
    drill: String(row['drill']),
    openedAt: Number(row['opened_at']),
    plan: String(row['plan']),
    outcome: row['outcome'] === null ? null : String(row['outcome']),
    writer: pid === null ? null : { pid: Number(pid), startedAt: String(row['writer_started']) },
  };
}

const living = (record: RunRecord, { isAlive }: Writers): RunRecord =>
  record.writer === null || isAlive(record.writer) ? record : { ...record, writer: null };
