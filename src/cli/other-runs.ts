// What the scope lock must know of the other runs of a journal store.
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { parentRunOf } from '../model/child.ts';
import { toErrorData } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';
import type { OtherRun, Passed } from '../plan/scope-lock.ts';

/**
 * Every run that has not ended, and every one that ended stuck in a world that still stands, but the given one and those above it, which wait for
 * it. `worldIdentity`: of the world in which the given one runs; what was left in a twin that is gone is gone too.
 */
export async function otherRunsOf(
  store: JournalStore,
  run: string,
  worldIdentity: string | undefined,
): Promise<readonly OtherRun[]> {
  const line = lineOf(run);
  const own = await store.find(run);
  const records = (await store.runs()).filter(({ run: name, outcome }) => !line.includes(name) && mayHold(outcome));
  const found = await Promise.all(
    records.map(async (record) => {
      const { events, why } = await readEvents(store, record.run);
      const isGone = record.outcome !== null && isElsewhere(record, events, worldIdentity);
      const found = otherRun(record, events, own);
      if (isGone) return [];
      return [why === undefined ? found : { ...found, state: { kind: 'unreadable', why } as const }];
    }),
  );
  return found.flat();
}

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

function otherRun(record: RunRecord, events: readonly DrillEvent[], own: RunRecord | undefined): OtherRun {
  const { run, openedAt, plan } = record;
  const opened = events.find((event) => event.type === 'run.opened');
  return {
    run,
    openedAt,
    plan: planOf({ plan }),
    requestedBy: opened?.requestedBy ?? 'somebody',
    isEarlier: own === undefined || openedAt < own.openedAt || (openedAt === own.openedAt && run < own.run),
    passed: passedBy(events),
    state: stateOf(record, events),
  };
}

function passedBy(events: readonly DrillEvent[]): Passed {
  if (events.some((event) => event.type === 'baseline.finished' && event.held)) return 2;
  return events.some((event) => event.type === 'preflight.finished' && event.ready) ? 1 : 0;
}

function stateOf({ outcome, writer }: RunRecord, events: readonly DrillEvent[]): OtherRun['state'] {
  if (outcome !== null) return { kind: 'stuck' };
  const last = events.findLast(({ type }) => type === 'run.paused' || type === 'run.continued');
  if (last?.type === 'run.paused') return { kind: 'paused', as: last.as, at: last.at };
  return writer === null ? { kind: 'interrupted' } : { kind: 'driven', pid: writer.pid };
}

function isElsewhere(record: RunRecord, events: readonly DrillEvent[], identity: string | undefined): boolean {
  if (planOf(record).environment.kind !== 'twin') return false;
  const entered = events.findLast((event) => event.type === 'world.entered')?.identity;
  return entered !== undefined && entered !== identity;
}

const planOf = ({ plan }: Pick<RunRecord, 'plan'>): Plan => JSON.parse(plan) as Plan;

/** A run and those above it. */
function lineOf(run: string): readonly string[] {
  const parent = parentRunOf(run);
  return parent === undefined ? [run] : [run, ...lineOf(parent)];
}
