// A drill's run from an empty desk: it is on record, the twin comes up, the drill runs, the package is written, and what was started is ended.
import type { RunJournal, RunRecord } from '../journal/journal.ts';
import { withReserve } from '../journal/reserve.ts';
import { toErrorData, UsageError } from '../model/errors.ts';
import type { DrillEvent, EventType } from '../model/events.ts';
import type { Phase } from '../model/phase.ts';
import { parentSteps } from '../plan/family.ts';
import type { Plan } from '../plan/plan.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { createKernel, fold } from '../statechart/index.ts';
import { appendAlone } from './append-alone.ts';
import type { ChildDesk } from './children/child-desk.ts';
import { openFamily } from './children/family.ts';
import { type LoadedDrill, worldFileOf } from './compose.ts';
import { crashPointsOf, withCrashPoints } from './crash-points.ts';
import { drive, driveOn, newRunName, openedOf, openRun, type Stage, type Wishes, wishesOf } from './drive.ts';
import { takeFree, unlessHeld } from './holder.ts';
import { onInterrupt } from './interrupt.ts';
import { keepReserve, requireReserve, reserveOf } from './keep-reserve.ts';
import { unfinishedRuns } from './listed-run.ts';
import { type Finished, requireEvidencePlace } from './package-run.ts';
import { planOfRun } from './plan-of-run.ts';
import { endProofTwin } from './proving/proof-twin.ts';
import { proveFirst } from './proving/prove-first.ts';
import { closedText, findRun, openStore } from './store.ts';
import type { Terminal } from './terminal.ts';
import { canBeRestored, giveBack, isTwinOf, type RunningTwin, twinFor } from './twins.ts';
import type { Workspace } from './workspace.ts';

/** Runs a drill. The run is on record before its twin comes up: whatever happens from there on, it can be found and ended. */
export async function runOnTwin(
  { plan, workspace }: LoadedDrill,
  wishes: Wishes,
  terminal: Terminal,
): Promise<Finished> {
  requireEvidencePlace(workspace);
  requireReserve(workspace);
  const run = newRunName(plan.drill, systemClock.now());
  return onDesk({ workspace, plan, wishes, terminal, run }, async (desk) => {
    for (const line of await unfinishedRuns(desk.store)) terminal.err(line);
    return begin(desk, await openRun(desk.store, run, plan, wishes));
  });
}

const begin = async (desk: Desk, journal: RunJournal): Promise<Finished> => {
  const isProved = await orGivenBack(desk, journal, () => proveFirst(desk, journal));
  return drive(isProved ? await withTwin(desk) : { ...desk, twin: undefined }, journal);
};

/** Takes over a run whose process is gone and goes on where it stood. Its twin is brought up again when it is gone too. */
export const goOn = (begun: Begun, workspace: Workspace, terminal: Terminal): Promise<Finished> =>
  takeOverBegun(begun, workspace, terminal, true);

/** Takes over a run whose process is gone and ends it. Its twin is brought up again when it is gone too and something was touched. */
export const takeOver = async (run: string, workspace: Workspace, terminal: Terminal): Promise<Finished> =>
  takeOverBegun(await begunOf(run, workspace), workspace, terminal, false);

/** A run as it was begun: its plan is the one that people approved. */
export interface Begun {
  readonly record: Pick<RunRecord, 'run'>;
  readonly plan: Plan;
  readonly events: readonly DrillEvent[];
}

async function takeOverBegun(
  { record: { run }, plan, events }: Begun,
  workspace: Workspace,
  terminal: Terminal,
  goesOn: boolean,
): Promise<Finished> {
  const noReserve = keepReserve(workspace);
  if (noReserve !== undefined) terminal.err(noReserve);
  return onDesk({ workspace, plan, wishes: wishesOf(events), terminal, run }, (desk) => take(desk, goesOn));
}

async function take(desk: Desk, goesOn: boolean): Promise<Finished> {
  const journal = await takeFree(desk.store, desk.run);
  const twin = await orGivenBack(desk, journal, () => twinOfTaken(desk, journal, goesOn));
  return driveOn({ ...desk, twin }, journal);
}

/** What fails before the run is at work gives it back: no process could take it over otherwise while this one lives. */
async function orGivenBack<T>({ store, run }: Desk, journal: RunJournal, work: () => Promise<T>): Promise<T> {
  try {
    return await unlessHeld(store, run, work);
  } catch (error) {
    // A journal that failed may refuse this too; the first error is the one that tells why.
    await journal.release(null).catch(() => undefined);
    throw error;
  }
}

/** The twin of a run that was taken over; undefined when nothing but its end can follow. */
async function twinOfTaken(desk: Desk, journal: RunJournal, goesOn: boolean): Promise<RunningTwin | undefined> {
  const { run, plan, workspace, store, terminal, signal } = desk;
  const stood = await prepared(journal, desk);
  const untouched = stood === 'untouched';
  // Judged already, or aborted before anything was touched: its end follows, whatever became of its world and of its file.
  if (stood === 'judged' || (untouched && !goesOn)) return undefined;
  // Something was done to the world: without it nothing can be restored, and the run stays to be taken over again.
  if (untouched && !(await proveFirst(desk, journal))) return undefined;
  const wishes = { store, terminal, signal, isTakeOver: true };
  return twinFor(worldFileOf(workspace, plan.environment.name), workspace, run, wishes).catch((error: unknown) => {
    throw signal.aborted ? new UsageError('refused', 'interrupted while the twin came up', { cause: error }) : error;
  });
}

/** How far the run came. Not asked before it is ours: whoever held it a moment ago may have gone on with it. */
async function prepared(journal: RunJournal, { plan, wishes }: Desk): Promise<Stood> {
  const events = await journal.events();
  if (events.length === 0) await open(journal, plan, wishes);
  return stoodAt(events, plan);
}

export interface Desk extends Omit<Stage, 'twin'> {
  readonly run: string;
}

/** Store and interrupts from the first moment to the last. */
export async function onDesk(
  { isRestored = false, ...parts }: Omit<Desk, 'store' | 'signal' | 'watch'> & { readonly isRestored?: boolean },
  work: (desk: Desk) => Promise<Finished>,
): Promise<Finished> {
  const crashPoints = crashPointsOf(process.env);
  const { workspace } = parts;
  const opened = await openStore(workspace);
  const store = withCrashPoints(withReserve(opened, reserveOf(workspace)), crashPoints);
  const interrupt = onInterrupt({ ...parts, isRestored });
  try {
    return await tidily({ ...parts, store, signal: interrupt.signal, watch: interrupt.onEvent }, work);
  } finally {
    interrupt.close();
    await store.close();
    keepReserve(workspace);
  }
}

/** A run with those below it, and the end of a twin that nobody needs any more. */
function tidily(desk: Desk, work: (desk: Desk) => Promise<Finished>): Promise<Finished> {
  const { store, wishes } = desk;
  const openOwn: Stage['openFamily'] = (hold) =>
    openFamily({
      ...desk,
      hold,
      open: (run, plan, descent) => openRun(store, run, plan, wishes, descent),
      drive: (child) => driveChild(desk, child),
    });
  const openFamilyOf = parentSteps(desk.plan).length > 0 ? openOwn : undefined;
  return work({ ...desk, openFamily: openFamilyOf }).finally(() => leave(desk));
}

/** A child asks nobody to interrupt it: its parent does. */
const driveChild = ({ workspace, store, wishes }: Desk, { journal, ...child }: ChildDesk): Promise<Finished> =>
  tidily({ workspace, store, wishes, ...child }, async (desk) => {
    if (journal !== undefined) return begin(desk, journal);
    planOfRun(await findRun(store, child.run), await store.events(child.run));
    return take(desk, !child.signal.aborted);
  });

/** A twin that does not come up aborts the run: it is over before anything was touched, and says why. */
async function withTwin(desk: Desk): Promise<Stage> {
  const { plan, workspace, run, terminal, signal } = desk;
  try {
    return { ...desk, twin: await twinFor(worldFileOf(workspace, plan.environment.name), workspace, run, desk) };
  } catch (error) {
    if (signal.aborted) return { ...desk, twin: undefined };
    const { message } = toErrorData(error);
    terminal.err(message);
    // The log's end is for the terminal; the record says in a line what happened.
    const reason = new Error(`the twin did not come up: ${message.split('\n')[0]}`);
    return { ...desk, twin: undefined, signal: AbortSignal.abort(reason) };
  }
}

/** A twin is given back when its run is closed, with nothing left to restore on it, or was never opened. Otherwise it stays for whoever takes the run over. */
async function leave({ run, plan, workspace, store, terminal }: Desk): Promise<void> {
  const record = await store.find(run);
  const { name } = plan.environment;
  if (record?.outcome === 'stuck' && canBeRestored(workspace, name, await store.events(run))) {
    terminal.err(`${run} is stuck: drillmaster restore ${run} restores what is left, at any later time`);
    if (isTwinOf(name, workspace, run))
      terminal.err(`its twin ${name} stays up for that: drillmaster twin down ${name} ends it, and gives that up`);
  } else if (record === undefined || record.outcome !== null) {
    await giveBack(name, run, { workspace, store, terminal });
    await endProofTwin(workspace, run, name);
  } else if (record.writer !== null && record.writer.pid !== process.pid) return;
  else
    terminal.err(
      `${run} is not closed: drillmaster resume ${run} takes it over and goes on, drillmaster abort ${run} restores`,
    );
}

async function begunOf(run: string, workspace: Workspace): Promise<Begun> {
  const store = await openStore(workspace);
  try {
    const record = await findRun(store, run);
    if (record.outcome !== null) throw new UsageError('refused', closedText(record));
    const events = await store.events(run);
    return { record, plan: planOfRun(record, events), events };
  } finally {
    await store.close();
  }
}

/** A run that never came to its baseline touched nothing, and one that was judged, or is to be judged again, enters no world any more. */
type Stood = 'untouched' | 'touched' | 'judged';

function stoodAt(events: readonly DrillEvent[], plan: Plan): Stood {
  const restored = events.findLastIndex((event) => event.type === 'run.reopened' && event.for === 'restoration');
  if (events.slice(restored + 1).some(({ type }) => type === 'evaluation.finished')) return 'judged';
  // Folding a long run takes its time, and a run that was observed is told by its events alone.
  if (events.some(({ type }) => TOUCHING.has(type))) return 'touched';
  const kernel = createKernel(plan);
  return UNTOUCHED.has(kernel.view(fold(kernel, events)).phase) ? 'untouched' : 'touched';
}

/** From the baseline on, probes look and canaries write. */
const UNTOUCHED: ReadonlySet<Phase> = new Set<Phase>(['preflight', 'approval', 'evaluation', 'closed']);
const TOUCHING: ReadonlySet<EventType> = new Set<EventType>(['probe.readings', 'canary.writes', 'baseline.finished']);

/** Earlier versions made a run and its first event apart. A run that has none can be ended all the same. */
async function open(journal: RunJournal, plan: Plan, wishes: Wishes): Promise<void> {
  await appendAlone(journal, openedOf(journal.run, plan, wishes));
}
