// What the scope lock must know of the other runs of a journal store.
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { parentRunOf } from '../model/child.ts';
import { toErrorData } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { type Footed, footprints } from '../plan/footprint.ts';
import type { Plan } from '../plan/plan.ts';
import type { OtherRun, Passed } from '../plan/scope-lock.ts';

/** Of the twin of this name that is up now; undefined: none is. */
type IdentityNow = (twin: string) => string | undefined;

/**
 * Every run that has not ended, and every one that ended stuck in a world that still stands, but the given one and those above it, which wait for
 * it. What was left in a twin that is gone is gone too.
 */
export async function otherRunsOf(
  store: JournalStore,
  run: string,
  identityNow: IdentityNow,
): Promise<readonly OtherRun[]> {
  const line = lineOf(run);
  const all = await store.runs();
  const isEarlier = earlierThan(run, all);
  const records = all.filter(({ run: name, outcome }) => !line.includes(name) && mayHold(outcome));
  const found = await Promise.all(
    records.map(async (record) => {
      const { events, why } = await readEvents(store, record.run);
      const state = why === undefined ? stateOf(record, events, identityNow) : ({ kind: 'unreadable', why } as const);
      return state === undefined ? [] : [otherRun(record, events, { isEarlier: isEarlier(record), state })];
    }),
  );
  return found.flat();
}

type Opened = Pick<RunRecord, 'run' | 'openedAt'>;

/**
 * Whether a run goes before the given one. A run with all below it has one place, that of the topmost: else one that the parent keeps out would
 * keep out the parent's child, and both would lose. Within a family each has its own.
 */
function earlierThan(run: string, all: readonly RunRecord[]): (other: RunRecord) => boolean {
  const own = all.find((record) => record.run === run);
  if (own === undefined) return () => true;
  const topOf = (record: Opened): Opened => all.find((top) => top.run === lineOf(record.run).at(-1)) ?? record;
  const top = topOf(own);
  return (other) => {
    const otherTop = topOf(other);
    return otherTop.run === top.run ? isBefore(other, own) : isBefore(otherTop, top);
  };
}

const isBefore = (one: Opened, other: Opened): boolean =>
  one.openedAt < other.openedAt || (one.openedAt === other.openedAt && one.run < other.run);

/** What cannot be read is said to be so: it must not make every other drill impossible, nor be taken for ended. */
async function readEvents(
  store: JournalStore,
  run: string,
): Promise<{ readonly events: readonly DrillEvent[]; readonly why?: string }> {
  try {
    return { events: await store.events(run) };
  } catch (error) {
    return { events: [], why: toErrorData(error).message };
  }
}

const mayHold = (outcome: RunRecord['outcome']): boolean => outcome === null || outcome === 'stuck';

function otherRun(
  record: RunRecord,
  events: readonly DrillEvent[],
  known: Pick<OtherRun, 'isEarlier' | 'state'>,
): OtherRun {
  const { run, openedAt } = record;
  const opened = events.find((event) => event.type === 'run.opened');
  return {
    run,
    openedAt,
    plan: footOf(record),
    requestedBy: opened?.requestedBy ?? 'somebody',
    passed: passedBy(events),
    ...known,
  };
}

function passedBy(events: readonly DrillEvent[]): Passed {
  if (events.some((event) => event.type === 'baseline.finished' && event.held)) return 2;
  return events.some((event) => event.type === 'preflight.finished' && event.ready) ? 1 : 0;
}

/** Undefined: it holds nothing. */
function stateOf(
  record: RunRecord,
  events: readonly DrillEvent[],
  identityNow: IdentityNow,
): OtherRun['state'] | undefined {
  const end = endOf(record, events);
  if (end === 'stuck') return isGone(record, events, identityNow) ? undefined : { kind: 'stuck' };
  if (end !== null) return undefined;
  const last = events.findLast(({ type }) => type === 'run.paused' || type === 'run.continued');
  if (last?.type === 'run.paused') return { kind: 'paused', as: last.as, at: last.at };
  return record.writer === null ? { kind: 'interrupted' } : { kind: 'driven', pid: record.writer.pid };
}

/** How a run ended; null: it has not, or is restored once more. One that is judged again touches nothing, and is what it was before. */
function endOf({ outcome }: RunRecord, events: readonly DrillEvent[]): RunRecord['outcome'] {
  const last = events.findLast(({ type }) => type === 'run.closed' || type === 'run.reopened');
  if (last?.type === 'run.reopened' && last.for === 'restoration') return outcome;
  return events.findLast((event) => event.type === 'run.closed')?.outcome ?? outcome;
}

/** The twin that the run worked on last, of its own environment, wherever the one that asks is at work. */
function isGone(record: RunRecord, events: readonly DrillEvent[], identityNow: IdentityNow): boolean {
  const { kind, name } = planOf(record).environment;
  if (kind !== 'twin') return false;
  const entered = events.findLast((event) => event.type === 'world.entered')?.identity;
  return entered !== undefined && entered !== identityNow(name);
}

const planOf = ({ plan }: Pick<RunRecord, 'plan'>): Plan => JSON.parse(plan) as Plan;

/** What a run may touch. Of a plan that nobody can read nothing is known: lists show the run with its problem. */
function footOf(record: Pick<RunRecord, 'plan'>): Footed {
  try {
    const plan = planOf(record);
    return footprints(plan).every(({ resource }) => typeof resource === 'string') ? plan : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

const UNKNOWN: Footed = {
  environment: { kind: 'twin', name: '', tenant: '', subscription: '' },
  scope: [],
  steps: [],
};

/** A run and those above it. */
function lineOf(run: string): readonly string[] {
  const parent = parentRunOf(run);
  return parent === undefined ? [run] : [run, ...lineOf(parent)];
}
