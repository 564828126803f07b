// Where the child runs of a run stand, for people who watch the parent.
import type { JournalStore, RunRecord } from '../../journal/journal.ts';
import { parentRunOf } from '../../model/child.ts';
import type { Phase } from '../../model/phase.ts';
import { createKernel, fold } from '../../statechart/index.ts';
import { waitsFor } from '../people-text.ts';
import { planOfRun } from '../plan-of-run.ts';

export interface ChildStatus {
  readonly run: string;
  readonly drill: string;
  readonly phase: Phase;
  readonly outcome: string | null;
  /** What it, or one below it, waits for people with. */
  readonly waitsFor: readonly string[];
}

/** In the order in which they were begun, each before its own children. */
export async function childrenOf(
  store: JournalStore,
  { run }: Pick<RunRecord, 'run'>,
): Promise<readonly ChildStatus[]> {
  const records = await store.runs();
  const below = async (parent: string): Promise<readonly ChildStatus[]> => {
    const children = records.filter((record) => parentRunOf(record.run) === parent);
    const found = children.map(async (record) => [await statusOf(store, record), ...(await below(record.run))]);
    return (await Promise.all(found)).flat();
  };
  return below(run);
}

async function statusOf(store: JournalStore, { run, drill, plan: text, outcome }: RunRecord): Promise<ChildStatus> {
  const events = await store.events(run);
  const plan = planOfRun({ run, plan: text }, events);
  const kernel = createKernel(plan);
  const view = kernel.view(fold(kernel, events));
  return { run, drill, phase: view.phase, outcome, waitsFor: outcome === null ? waitsFor(plan, view, run) : [] };
}
