import type { DatabaseSync } from 'node:sqlite';
import type { DrillEvent } from '../model/events.ts';
import { chainEvents, EMPTY, type Head, readStored } from './chain.ts';
import { parseCommand } from './command.ts';
import type { Command, NewEvent, RunJournal, StoredEvent } from './journal.ts';
import { JournalError } from './journal-error.ts';
import { asJournalErrors, inTransaction } from './sqlite-file.ts';

/** A command that was not read for long can wait; a flood must not fill the memory of a run. */
const COMMANDS_AT_ONCE_MAX = 100;
/** Characters of a command's JSON; a longer one is no command. */
const COMMAND_LENGTH_MAX = 100_000;

/** Stored lines from a sequence number on, in their order. */
export function storedFrom(database: DatabaseSync, run: string, fromSeq: number): Iterable<StoredEvent> {
  const select = database.prepare('SELECT seq, line, hash FROM events WHERE run = ? AND seq >= ? ORDER BY seq');
  return select.iterate(run, fromSeq) as Iterable<unknown> as Iterable<StoredEvent>;
}

/** Verified events from a sequence number on. */
export function eventsFrom(database: DatabaseSync, run: string, fromSeq = 1): readonly DrillEvent[] {
  const before = database.prepare('SELECT seq, hash FROM events WHERE run = ? AND seq = ?').get(run, fromSeq - 1);
  if (before === undefined && fromSeq > 1) return [];
  const after = before === undefined ? EMPTY : (before as unknown as Head);
  return [...readStored(storedFrom(database, run, after.seq + 1), after)].map(({ event }) => event);
}

/** Stores the first event of a run that is being made; inside the transaction that makes it. Throws `event-invalid`. */
export function appendFirst(database: DatabaseSync, run: string, first: NewEvent): void {
  for (const { stored } of chainEvents([first], EMPTY))
    database.prepare(APPEND).run(run, stored.seq, stored.line, stored.hash);
}

const APPEND = 'INSERT INTO events (run, seq, line, hash) VALUES (?, ?, ?, ?)';

/** The journal of one run for the writer of one term. */
export function openSqliteRun(database: DatabaseSync, run: string, term: number): RunJournal {
  const statements = prepare(database);
  let head = headOf(database, run);
  // A long run is read several times before it is at work again. Once there is more to read, all of it is read and verified anew.
  let known: { readonly head: Head; readonly events: readonly DrillEvent[] } | undefined;
  const readEvents = () => {
    if (known?.head !== head) known = { head, events: eventsFrom(database, run) };
    return known.events;
  };
  // The term is read inside the transaction that writes, so that a writer who was replaced can add nothing, not even first.
  const asWriter = <T>(work: () => T): T =>
    asJournalErrors(run, () =>
      inTransaction(database, () => {
        const found = statements.term.get(run);
        if (found?.['term'] !== term || found['writer_pid'] === null)
          throw new JournalError('fenced', `${run} is in the hands of another writer`);
        return work();
      }),
    );
  return {
    run,
    append: async (events) => {
      const chained = chainEvents(events, head);
      asWriter(() => {
        for (const { stored } of chained) statements.append.run(run, stored.seq, stored.line, stored.hash);
      });
      head = chained.at(-1)?.stored ?? head;
      return chained.map(({ event }) => event);
    },
    events: async () => asJournalErrors(run, readEvents),
    keepHandle: async (step, attempt, handle) =>
      void asWriter(() => statements.keepHandle.run(run, step, attempt, handle)),
    handle: async (step, attempt) =>
      asJournalErrors(run, () => statements.handle.get(run, step, attempt)?.['handle'] as string | undefined),
    commands: async () =>
      asJournalErrors(run, () => statements.commands.all(run, COMMANDS_AT_ONCE_MAX).map((row) => toCommand(run, row))),
    taken: async (id) => void asWriter(() => statements.taken.run(run, id)),
    release: async (outcome) => {
      asWriter(() => {
        statements.release.run(outcome, run);
        if (outcome !== null) statements.forgetHandles.run(run);
      });
      if (outcome !== null) forgetLog(database, run);
    },
  };
}

/** What was overwritten in the file must not live on in the write-ahead log. On a full disk it does until the file is closed. */
function forgetLog(database: DatabaseSync, run: string): void {
  try {
    asJournalErrors(run, () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'full') throw error;
  }
}

const prepare = (database: DatabaseSync) => ({
  term: database.prepare('SELECT term, writer_pid FROM runs WHERE run = ?'),
  append: database.prepare(APPEND),
  keepHandle: database.prepare('INSERT OR REPLACE INTO handles (run, step, attempt, handle) VALUES (?, ?, ?, ?)'),
  handle: database.prepare('SELECT handle FROM handles WHERE run = ? AND step = ? AND attempt = ?'),
  commands: database.prepare(
    `SELECT id, CASE WHEN length(command) <= ${COMMAND_LENGTH_MAX} THEN command END AS command FROM commands WHERE run = ? AND taken = 0 ORDER BY id LIMIT ?`,
  ),
  taken: database.prepare('UPDATE commands SET taken = 1 WHERE run = ? AND id = ?'),
  release: database.prepare('UPDATE runs SET outcome = ?, writer_pid = NULL, writer_started = NULL WHERE run = ?'),
  forgetHandles: database.prepare('DELETE FROM handles WHERE run = ?'),
});

function headOf(database: DatabaseSync, run: string): Head {
  const found = database.prepare('SELECT seq, hash FROM events WHERE run = ? ORDER BY seq DESC LIMIT 1').get(run);
  return found === undefined ? EMPTY : { seq: Number(found['seq']), hash: String(found['hash']) };
}

const toCommand = (run: string, row: Record<string, unknown>): Command => ({
  id: Number(row['id']),
  run,
  command: parseCommand(String(row['command'])),
});
