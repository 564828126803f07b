// A drill's run from an empty desk: the twin comes up, the drill runs, the package is written, and what was started is ended.

import type { JournalStore } from '../journal/journal.ts';
import { UsageError } from '../model/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { type LoadedDrill, worldFileOf } from './compose.ts';
import { drive, driveOn, newRunName, openRun, type Wishes } from './drive.ts';
import type { Finished } from './package-run.ts';
import { findRun, openStore } from './store.ts';
import type { Terminal } from './terminal.ts';
import { giveBack, type RunningTwin, twinFor } from './twins.ts';
import type { Workspace } from './workspace.ts';

export async function runOnTwin(
  { plan, workspace, worldFile }: LoadedDrill,
  wishes: Wishes,
  terminal: Terminal,
): Promise<Finished> {
  const run = newRunName(plan.drill, systemClock.now());
  const store = openStore(workspace);
  try {
    const twin = await twinFor(worldFile, workspace, run, terminal);
    try {
      return await drive({ workspace, store, plan, twin, terminal, wishes }, openRun(store, run, plan, wishes));
    } finally {
      await leave(twin, workspace, run, store, terminal);
    }
  } finally {
    store.close();
  }
}

/** A twin is given back when its run is closed or was never opened. Otherwise it stays for whoever takes the run over. */
async function leave(
  twin: RunningTwin,
  workspace: Workspace,
  run: string,
  store: JournalStore,
  terminal: Terminal,
): Promise<void> {
  const record = store.find(run);
  if (record === undefined || record.outcome !== null) await giveBack(twin, workspace, run);
  else terminal.err(`${run} is not closed and its twin is up: drillmaster abort ${run} takes it over and restores`);
}

/** Takes over a run whose process is gone and brings it to its end. Its twin is brought up again when that is gone too. */
export async function takeOver(run: string, workspace: Workspace, terminal: Terminal): Promise<Finished> {
  const store = openStore(workspace);
  try {
    const record = findRun(store, run);
    if (record.outcome !== null) throw new UsageError('refused', `${run} is closed (${record.outcome})`);
    const plan = JSON.parse(record.plan) as Plan;
    const opened = store.events(run)[0];
    const wishes = opened?.type === 'run.opened' ? opened : { unattended: false, rehearsal: false };
    const journal = store.take(run);
    const twin = await twinFor(worldFileOf(workspace, plan.environment.name), workspace, run, terminal);
    try {
      return await driveOn({ workspace, store, plan, twin, terminal, wishes }, journal);
    } finally {
      await leave(twin, workspace, run, store, terminal);
    }
  } finally {
    store.close();
  }
}
