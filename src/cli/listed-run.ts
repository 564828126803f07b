// A run as lists show it: where it stands, who holds it, and the command to go on.
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { parentRunOf } from '../model/child.ts';
import { formatInstant } from '../model/clock.ts';
import { toErrorData } from '../model/errors.ts';
import type { Phase } from '../model/phase.ts';
import { createKernel, fold } from '../statechart/index.ts';
import { type Holder, holderOf, holderText } from './holder.ts';
import { planOfRun } from './plan-of-run.ts';

export interface ListedRun {
  readonly run: string;
  readonly drill: string;
  /** RFC 3339. */
  readonly openedAt: string;
  readonly outcome: string | null;
  readonly parent: string | null;
  readonly state: 'closed' | 'interrupted' | 'running';
  /** Null: this program cannot tell, and `problem` says why. */
  readonly phase: Phase | null;
  readonly problem?: string;
  /** Null: no process drives it. */
  readonly holder: Holder | null;
}

/** Never rejects for what one run's record holds: one that cannot be read must not hide the others. */
export async function listedRun(store: JournalStore, record: RunRecord): Promise<ListedRun> {
  const { run, drill, openedAt, outcome, writer } = record;
  const parent = parentRunOf(run) ?? null;
  const listed = { run, drill, openedAt: formatInstant(openedAt), outcome, parent };
  if (outcome !== null) return { ...listed, state: 'closed', phase: 'closed', holder: null };
  const state = writer === null ? 'interrupted' : 'running';
  try {
    const events = await store.events(run);
    const kernel = createKernel(planOfRun(record, events));
    const { phase } = kernel.view(fold(kernel, events));
    return { ...listed, state, phase, holder: holderOf(record, events) };
  } catch (error) {
    const { message } = toErrorData(error);
    return { ...listed, state, phase: null, problem: message, holder: holderOf(record, []) };
  }
}

/** Where an unfinished run stands and what goes on with it, in a line. */
export function unfinishedText({ run, state, phase, problem, holder, parent }: ListedRun): string {
  const where = `${state}${phase === null ? '' : ` in phase ${phase}`}`;
  if (problem !== undefined) return `${run}  ${where}: ${problem}`;
  if (holder !== null) return `${run}  ${where}, held by ${holderText(holder)}: drillmaster status ${run} shows it`;
  const goesOn = `drillmaster resume ${parent ?? run} goes on`;
  return `${run}  ${where}: ${goesOn}${parent === null ? `, drillmaster abort ${run} restores` : ' with it'}`;
}

/** Tells a person who begins a drill which runs wait for somebody, or are at work. Children go with their parents. */
export async function unfinishedRuns(store: JournalStore): Promise<readonly string[]> {
  const unfinished = (await store.runs()).filter(
    ({ run, outcome }) => outcome === null && parentRunOf(run) === undefined,
  );
  const listed = await Promise.all(unfinished.map((record) => listedRun(store, record)));
  return listed.map((one) => `unfinished: ${unfinishedText(one)}`);
}
