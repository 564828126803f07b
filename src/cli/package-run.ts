// Writes the evidence package of a run and says how it ended. The package of a failed run has the same form.
import { join } from 'node:path';
import { openKey } from '../evidence/keys.ts';
import { writePackage } from '../evidence/package.ts';
import type { JournalStore } from '../journal/journal.ts';
import type { DrillResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { makeResult } from '../report/result.ts';
import { createKernel } from '../statechart/index.ts';
import type { Workspace } from './workspace.ts';

export interface Finished {
  readonly result: DrillResult;
  readonly plan: Plan;
  readonly events: ReturnType<JournalStore['events']>;
  /** Folder of the evidence package. */
  readonly evidence: string;
}

interface Packing {
  readonly workspace: Workspace;
  readonly store: JournalStore;
  readonly plan: Plan;
  readonly run: string;
  readonly secrets: readonly string[];
}

export async function packageRun({ workspace, store, plan, run, secrets }: Packing): Promise<Finished> {
  const events = store.events(run);
  const lines = store.lines(run);
  const result = makeResult(plan, createKernel(plan), events, lines.at(-1)?.hash ?? '');
  const evidence = join(workspace.evidence, run);
  await writePackage({ dir: evidence, plan, lines, result, key: openKey(workspace.state), secrets });
  return { result, plan, events, evidence };
}
