// A closed run is taken up again: its own twin is asked for, the package of its last end stands, and another one follows.
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { parentRunOf } from '../model/child.ts';
import { UsageError } from '../model/errors.ts';
import type { EventBody, EventOf } from '../model/events.ts';
import { freshEnds } from './children/fresh-ends.ts';
import { worldFileOf } from './compose.ts';
import { driveAgain, wishesOf } from './drive.ts';
import { type Finished, packageUnlessThere, requireEvidencePlace } from './package-run.ts';
import { planOfRun } from './plan-of-run.ts';
import { type Desk, onDesk } from './run-on-twin.ts';
import { openStore } from './store.ts';
import type { Terminal } from './terminal.ts';
import { type RunningTwin, requireTwinOf, twinFor } from './twins.ts';
import type { Workspace } from './workspace.ts';

export interface Reopening {
  readonly run: string;
  readonly workspace: Workspace;
  readonly terminal: Terminal;
  readonly reopened: EventOf<'run.reopened'>;
  /** What goes on record together with it. */
  readonly said?: readonly EventBody[];
}

/**
 * Takes a closed run up again and brings it to its next end, with a package of its own. Throws UsageError `refused` with the reason when it
 * cannot be taken up for this: the run is then as it was.
 */
export async function reopenRun({ run, workspace, terminal, reopened, said = [] }: Reopening): Promise<Finished> {
  const { record, events } = await recordOf(run, workspace);
  const plan = planOfRun(record, events);
  if (parentRunOf(run) !== undefined)
    terminal.err(`${run} is a child: how ${parentRunOf(run)} ended is not changed by this`);
  requireEvidencePlace(workspace);
  const isRestored = reopened.for === 'restoration';
  // Nothing is begun, and no new twin brought up, when there is nothing left to restore.
  if (isRestored) requireTwinOf(workspace, run, plan.environment.name, events);
  return onDesk({ workspace, plan, wishes: wishesOf(events), terminal, run, isRestored }, async (desk) => {
    const twin = isRestored ? await ownTwin(desk) : undefined;
    // Its process may have died between the end and the package: what is written later than this would hold more than that end.
    await packageUnlessThere(workspace, desk.store, record);
    // A parent that is stuck because of a child is so no longer once that child was restored.
    const ended = isRestored ? await freshEnds(desk, events) : [];
    return driveAgain({ ...desk, twin }, await desk.store.reopen(run), reopened, [...said, ...ended]);
  });
}

async function recordOf(run: string, workspace: Workspace) {
  const store = await openStore(workspace);
  try {
    const record = await store.find(run);
    if (record === undefined) throw new UsageError('not-found', `expected a run of this state folder, found "${run}"`);
    await refuseOpenParent(store, record);
    return { record, events: await store.events(run) };
  } finally {
    await store.close();
  }
}

/** Whoever waits for the child would take its new beginning for work of its own. */
async function refuseOpenParent(store: JournalStore, { run }: Pick<RunRecord, 'run'>): Promise<void> {
  for (let above = parentRunOf(run); above !== undefined; above = parentRunOf(above)) {
    const parent = await store.find(above);
    if (parent !== undefined && parent.outcome === null)
      throw new UsageError('refused', `${run} is a child of ${above}, which has not ended: that one ends first`);
  }
}

const ownTwin = ({ plan: { environment }, ...desk }: Desk): Promise<RunningTwin> =>
  twinFor(worldFileOf(desk.workspace, environment.name), desk.workspace, desk.run, { ...desk, isTakeOver: true });
