// A journal that lasts as long as its process: for tests and trials, with every promise of the durable one but that.
import type { DrillEvent } from '../model/events.ts';
import { type Chained, chainEvents, EMPTY, readStored } from './chain.ts';
import type { Command, JournalStore, NewEvent, NewRun, RunJournal, RunRecord, StoredEvent } from './journal.ts';
import { JournalError } from './journal-error.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { processWriters, refuseReopening, refuseTaking, type Writers } from './writer.ts';

interface MemoryRun extends NewRun {
  outcome: string | null;
  writer: ProcessIdentity | null;
  /** Counts takeovers: an older writer's number is behind. */
  term: number;
  readonly stored: StoredEvent[];
  readonly handles: Map<string, string>;
  commands: Command[];
}

/** A store of which all is at hand: what the durable ones promise for later, it can say `now`. */
export interface MemoryStore extends JournalStore {
  readonly now: {
    readonly create: (record: NewRun, first?: NewEvent) => RunJournal;
    readonly take: (run: string) => RunJournal;
    readonly reopen: (run: string) => RunJournal;
    readonly runs: () => readonly RunRecord[];
    readonly find: (run: string) => RunRecord | undefined;
    readonly events: (run: string, fromSeq?: number) => readonly DrillEvent[];
    readonly post: JournalStorePost;
  };
}

type JournalStorePost = (run: string, command: Command['command']) => void;

/** Opens an empty store. `writers` says which process this is and which ones live. */
export function openMemoryStore(writers: Writers = processWriters()): MemoryStore {
  const runs = new Map<string, MemoryRun>();
  const get = (run: string): MemoryRun => {
    const found = runs.get(run);
    if (found === undefined) throw new JournalError('not-found', `expected a run of this store, found "${run}"`);
    return found;
  };
  const now: MemoryStore['now'] = {
    create: (record, first) => {
      if (runs.has(record.run)) throw new JournalError('exists', `expected a new name of a run, found "${record.run}"`);
      const run = newMemoryRun(record, first, writers);
      runs.set(record.run, run);
      return journalOf(run);
    },
    take: (name) => {
      const run = get(name);
      refuseTaking(run, writers);
      run.writer = writers.self;
      run.term += 1;
      return journalOf(run);
    },
    reopen: (name) => {
      const run = get(name);
      refuseReopening(run);
      Object.assign(run, { outcome: null, writer: writers.self, term: run.term + 1, commands: [] });
      return journalOf(run);
    },
    runs: () => [...runs.values()].map((run) => recordOf(run, writers)).sort((a, b) => a.openedAt - b.openedAt),
    find: (name) => {
      const run = runs.get(name);
      return run && recordOf(run, writers);
    },
    events: (name, fromSeq) => eventsOf(get(name), fromSeq),
    post: createPost(get),
  };
  return {
    now,
    create: async (record, first) => now.create(record, first),
    take: async (run) => now.take(run),
    reopen: async (run) => now.reopen(run),
    runs: async () => now.runs(),
    find: async (run) => now.find(run),
    events: async (run, fromSeq) => now.events(run, fromSeq),
    lines: async (run) => [...get(run).stored],
    post: async (run, command) => now.post(run, command),
    close: async () => undefined,
  };
}

function newMemoryRun(record: NewRun, first: NewEvent | undefined, { self }: Writers): MemoryRun {
  const stored = chainEvents(first === undefined ? [] : [first], EMPTY).map((chained) => chained.stored);
  return { ...record, outcome: null, writer: self, term: 1, stored, handles: new Map(), commands: [] };
}

function createPost(get: (run: string) => MemoryRun): JournalStorePost {
  let lastCommand = 0;
  return (name, command) => {
    const run = get(name);
    if (run.outcome !== null) throw new JournalError('closed', `${name} is closed (${run.outcome})`);
    lastCommand += 1;
    run.commands.push({ id: lastCommand, run: name, command });
  };
}

function recordOf({ run, drill, openedAt, plan, outcome, writer }: MemoryRun, { isAlive }: Writers): RunRecord {
  return { run, drill, openedAt, plan, outcome, writer: writer !== null && isAlive(writer) ? writer : null };
}

function eventsOf({ stored }: MemoryRun, fromSeq = 1): readonly DrillEvent[] {
  const after = fromSeq > 1 ? stored[fromSeq - 2] : EMPTY;
  if (after === undefined) return [];
  return [...readStored(stored.slice(after.seq), after)].map(({ event }: Chained) => event);
}

function journalOf(run: MemoryRun): RunJournal {
  const { term } = run;
  const mine = (): MemoryRun => {
    if (run.term !== term || run.writer === null)
      throw new JournalError('fenced', `${run.run} is in the hands of another writer`);
    return run;
  };
  return {
    run: run.run,
    append: async (events) => {
      const chained = chainEvents(events, mine().stored.at(-1) ?? EMPTY);
      run.stored.push(...chained.map(({ stored }) => stored));
      return chained.map(({ event }) => event);
    },
    events: async () => eventsOf(run),
    keepHandle: async (step, attempt, handle) => void mine().handles.set(handleKey(step, attempt), handle),
    handle: async (step, attempt) => mine().handles.get(handleKey(step, attempt)),
    commands: async () => [...run.commands],
    taken: async (id) => {
      run.commands = mine().commands.filter((command) => command.id !== id);
    },
    release: async (outcome) => {
      mine().writer = null;
      run.outcome = outcome;
      if (outcome !== null) run.handles.clear();
    },
  };
}

const handleKey = (step: string, attempt: number) => JSON.stringify([step, attempt]);
