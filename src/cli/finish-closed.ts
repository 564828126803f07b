// A run is closed before its evidence is written and its twin given back: what a process that died there left undone is done here.
import type { RunRecord } from '../journal/journal.ts';
import { UsageError } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { wishesOf } from './drive.ts';
import { type Finished, packageUnlessThere } from './package-run.ts';
import { planOfRun } from './plan-of-run.ts';
import { onDesk } from './run-on-twin.ts';
import { closedText } from './store.ts';
import type { Terminal } from './terminal.ts';
import type { Workspace } from './workspace.ts';

export interface Closed {
  readonly record: RunRecord;
  readonly events: readonly DrillEvent[];
}

/** Writes the evidence of a closed run and gives its twin back. Throws UsageError `refused` when the evidence is there. */
export function finishClosed({ record, events }: Closed, workspace: Workspace, terminal: Terminal): Promise<Finished> {
  const { run } = record;
  const plan = planOfRun(record, events);
  return onDesk({ workspace, plan, wishes: wishesOf(events), terminal, run }, async ({ store }) => {
    const finished = await packageUnlessThere(workspace, store, record);
    if (finished === undefined) throw new UsageError('refused', closedText(record));
    terminal.err(`${run} is closed; its evidence, which was missing, is written`);
    return finished;
  });
}
