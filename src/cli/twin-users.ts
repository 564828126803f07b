// Who still needs a twin: a run that works on it, or one that is stuck on it and can be restored nowhere else.
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { parentRunOf } from '../model/child.ts';
import type { DrillEvent } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';

/** One bringing up of a twin, told from every other one. */
export interface TwinNow {
  readonly name: string;
  readonly identity: string;
}

/**
 * A run but this one that needs the twin; one at work goes before one that is stuck. `isComing`: as does one whose process has not entered any
 * world yet, for it may have chosen this one.
 */
export async function findUser(
  store: JournalStore,
  run: string,
  twin: TwinNow,
  isComing = false,
): Promise<RunRecord | undefined> {
  const others = (await store.runs()).filter((record) => record.run !== run && mayNeed(record, twin.name));
  const atWorkFirst = others.toSorted((a, b) => rank(a) - rank(b));
  for (const record of atWorkFirst) if (await needs(store, record, twin.identity, isComing)) return record;
  return undefined;
}

/** True when the run, or one above it, works on this very twin. */
export async function hasEntered(store: JournalStore, run: string, { identity }: TwinNow): Promise<boolean> {
  for (let line: string | undefined = run; line !== undefined; line = parentRunOf(line))
    if ((await store.find(line)) !== undefined && lastEntered(await store.events(line)) === identity) return true;
  return false;
}

/** True when all that a run did, it did on this twin: on any other one there is nothing of it to restore. */
export function workedOn(events: readonly DrillEvent[], identity: string): boolean {
  const entered = enteredBy(events);
  return entered.length > 0 && entered.every((known) => known === identity);
}

const rank = ({ outcome, writer }: RunRecord) => (outcome === null ? 0 : 2) + (writer === null ? 1 : 0);

function mayNeed({ outcome, plan }: RunRecord, name: string): boolean {
  if (outcome !== null && outcome !== 'stuck') return false;
  const { environment } = JSON.parse(plan) as Plan;
  return environment.kind === 'twin' && environment.name === name;
}

/** What cannot be read is not taken for ended. */
async function needs(
  store: JournalStore,
  { run, outcome, writer }: RunRecord,
  identity: string,
  isComing: boolean,
): Promise<boolean> {
  const events = await store.events(run).catch(() => undefined);
  if (events === undefined) return true;
  if (outcome !== null) return workedOn(events, identity);
  const entered = lastEntered(events);
  return entered === undefined ? isComing && writer !== null : entered === identity;
}

const lastEntered = (events: readonly DrillEvent[]) => enteredBy(events).at(-1);
const enteredBy = (events: readonly DrillEvent[]) =>
  events.flatMap((event) => (event.type === 'world.entered' ? [event.identity] : []));
