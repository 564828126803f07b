import { randomUUID } from 'node:crypto';
import { formatInstant } from '../../model/clock.ts';
import type { DrillEvent } from '../../model/events.ts';
import { chainEvents, EMPTY, readStored } from '../chain.ts';
import type { NewEvent, RunJournal, StoredEvent } from '../journal.ts';
import { JournalError } from '../journal-error.ts';
import type { Containers } from './containers.ts';
import type { HeldDesk, Holder } from './desk.ts';
import { readInbox } from './inbox.ts';
import { unlessLost } from './lease.ts';
import {
  type RecordLimits,
  type RecordSoFar,
  type RecordWriter,
  readOn,
  requireSegment,
  writeRecord,
} from './record.ts';
import { groupLines, type Term, termLine } from './record-lines.ts';

/** An older writer may add a last group while the record is taken over. */
const TAKINGS_MAX = 20;

export interface Hands {
  readonly containers: Containers;
  readonly run: string;
  readonly desk: HeldDesk;
  readonly limits: RecordLimits;
}

export const verified = (rows: readonly StoredEvent[], fromSeq = 1): readonly DrillEvent[] => {
  const after = fromSeq > 1 ? rows[fromSeq - 2] : EMPTY;
  if (after === undefined) return [];
  return [...readStored(rows.slice(after.seq), after)].map(({ event }) => event);
};

const termOf = ({ host, pid, startedAt, since }: Holder): Term => ({
  host,
  pid,
  startedAt,
  since: formatInstant(since),
  nonce: randomUUID(),
});

/** Puts the beginning of a term at the end of a record: from there on no older writer can add anything. Throws JournalError `fenced`. */
export async function takeRecord({ containers, run, limits }: Hands, holder: Holder) {
  const line = termLine(termOf(holder));
  let before: RecordSoFar | undefined;
  for (let takings = 1; ; takings++) {
    before = await readOn(containers, run, before);
    await requireSegment(containers, run, before.end);
    const writer = writeRecord(containers, run, before.end, limits);
    try {
      await writer.add([line]);
      return { rows: before.rows, writer };
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== 'fenced' || takings >= TAKINGS_MAX) throw error;
    }
  }
}

/** The journal of one run for the writer who holds its desk. */
export function openBlobRun(hands: Hands, writer: RecordWriter, rows: readonly StoredEvent[]): RunJournal {
  const { containers, run, desk } = hands;
  let head = rows.at(-1) ?? EMPTY;
  let isOver = false;
  const mine = () => {
    if (isOver) throw new JournalError('fenced', `${run} is in the hands of another writer`);
  };
  return {
    run,
    append: async (events) => {
      const chained = chainEvents(events, head);
      mine();
      await unlessLost(desk.lost, () => writer.add(groupLines(chained.map(({ stored }) => stored))));
      head = chained.at(-1)?.stored ?? head;
      return chained.map(({ event }) => event);
    },
    events: async () => verified((await readOn(containers, run)).rows),
    keepHandle: async (step, attempt, handle) => {
      mine();
      await desk.write((now) => ({ ...now, handles: { ...now.handles, [handleKey(step, attempt)]: handle } }));
    },
    handle: async (step, attempt) => desk.now().handles[handleKey(step, attempt)],
    commands: () => readInbox(containers, run, desk.now().taken),
    taken: async (id) => {
      mine();
      await desk.write((now) => ({ ...now, taken: [...now.taken.filter((one) => one !== id), id] }));
    },
    release: async (outcome) => {
      mine();
      await desk.write((now) => ({ ...now, holder: null, outcome, handles: outcome === null ? now.handles : {} }));
      isOver = true;
      await desk.leave();
    },
    lost: desk.lost,
  };
}

const handleKey = (step: string, attempt: number) => JSON.stringify([step, attempt]);

export const firstLines = (holder: Holder, first: NewEvent | undefined) => {
  const rows = chainEvents(first === undefined ? [] : [first], EMPTY).map(({ stored }) => stored);
  return { rows, lines: [termLine(termOf(holder)), ...groupLines(rows)] };
};
