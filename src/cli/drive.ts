// Drives a run from its first event to its evidence package, or takes an interrupted one over and goes on.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { JournalStore, RunJournal } from '../journal/journal.ts';
import type { DrillEvent, EventBody, EventOf } from '../model/events.ts';
import { canonicalJson } from '../model/json.ts';
import type { Phase } from '../model/phase.ts';
import { planDigest } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import { catalogue } from '../providers/catalogue.ts';
import { inventory } from '../providers/inventory.ts';
import { secretsOf } from '../providers/redact-value.ts';
import { openWorld } from '../providers/world.ts';
import { evaluateRun } from '../report/outcome.ts';
import { type DrillOptions, reopenDrill, resumeDrill, runDrill } from '../runtime/run-drill.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { createKernel, MACHINE_VERSION } from '../statechart/index.ts';
import { findTwin } from '../twin/index.ts';
import { createAsk } from './ask.ts';
import { peopleHere } from './ask-people.ts';
import type { ChildStage, Descent, Family } from './children/child-desk.ts';
import { journalInReach } from './far-store.ts';
import { unlessHeld } from './holder.ts';
import { type LiveView, openLiveView } from './live/view.ts';
import { type Log, openLog } from './log.ts';
import { otherRunsOf } from './other-runs.ts';
import { type Finished, packageRun } from './package-run.ts';
import { automaticAnswer, automaticApproval, whoAsks } from './people.ts';
import type { Terminal } from './terminal.ts';
import { fasterOperations, identityOf, type RunningTwin } from './twins.ts';
import type { Workspace } from './workspace.ts';

export interface Wishes {
  readonly unattended: boolean;
  readonly rehearsal: boolean;
  /** Every check is seen red on a twin of its own before anything begins. */
  readonly proveChecks?: boolean | undefined;
}

/** Those that a run was begun with. */
export const wishesOf = ([opened]: readonly DrillEvent[]): Wishes =>
  opened?.type === 'run.opened' ? opened : { unattended: false, rehearsal: false };

export interface Stage {
  readonly workspace: Workspace;
  readonly store: JournalStore;
  readonly plan: Plan;
  /** Undefined when there is none, or none is needed any more: then nothing but the end of the run can follow. */
  readonly twin: RunningTwin | undefined;
  /** Aborted: the run is aborted into its restoration. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly wishes: Wishes;
  /** Whoever drives the child runs of this one, if its plan has any; `hold` keeps this run's view still. */
  readonly openFamily?: ((hold: LiveView['hold']) => Family) | undefined;
  /** Whoever handles signals is told of every event. */
  readonly watch?: (event: DrillEvent) => void;
  /** Of a child: what it takes over from its parent, and who watches it there. */
  readonly child?: ChildStage;
}

const TOOL = 'drillmaster 0.1.0';

/** A name that sorts by time and does not repeat: `region-failover-20261121T101530Z-3fa9`. */
export function newRunName(drill: string, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${drill}-${time}-${randomBytes(2).toString('hex')}`;
}

/** Opens a run's journal with its first event: from here on the run is on record, whatever happens. */
export function openRun(
  store: JournalStore,
  run: string,
  plan: Plan,
  wishes: Wishes,
  descent?: Descent,
): Promise<RunJournal> {
  const openedAt = systemClock.now();
  const record = { run, drill: plan.drill, openedAt, plan: canonicalJson(plan) };
  return store.create(record, { at: openedAt, body: openedOf(run, plan, wishes, descent) });
}

export function openedOf(run: string, plan: Plan, wishes: Wishes, descent?: Descent): EventOf<'run.opened'> {
  return {
    type: 'run.opened',
    run,
    drill: plan.drill,
    planDigest: planDigest(plan),
    environment: { kind: plan.environment.kind, name: plan.environment.name },
    requestedBy: descent?.requestedBy ?? whoAsks(),
    unattended: wishes.unattended,
    rehearsal: wishes.rehearsal,
    ...(wishes.proveChecks === true && { proveChecks: true }),
    tool: TOOL,
    machine: MACHINE_VERSION,
    ...(descent !== undefined && { parent: descent.parent }),
  };
}

/** Runs a new drill to its end. */
export const drive = (stage: Stage, journal: RunJournal): Promise<Finished> => onStage(stage, journal, runDrill);

/** Takes an interrupted run over and brings it to its end. */
export const driveOn = (stage: Stage, journal: RunJournal): Promise<Finished> => onStage(stage, journal, resumeDrill);

/** Takes a closed run up again, with what people said on record together with that, and brings it to its next end. */
export const driveAgain = (
  stage: Stage,
  journal: RunJournal,
  reopened: EventOf<'run.reopened'>,
  said: readonly EventBody[],
): Promise<Finished> => onStage(stage, journal, (options) => reopenDrill(options, reopened, said));

async function onStage(
  stage: Stage,
  journal: RunJournal,
  run: (options: DrillOptions) => Promise<unknown>,
): Promise<Finished> {
  const { workspace, plan, twin, terminal, child } = stage;
  const secrets = twin === undefined ? [] : secretsOf(twin.connection);
  const log = openLog(join(workspace.state, 'logs', `${journal.run}.jsonl`), terminal, secrets);
  const view = openLiveView(plan, journal.run, terminal, systemClock.now);
  const family = stage.openFamily?.(view.hold);
  const onEvent = (event: DrillEvent, phase: Phase) => {
    view.event(event, phase);
    stage.watch?.(event);
    family?.onEvent(event);
    child?.onEvent(event, phase);
  };
  try {
    const options = { ...optionsOf(stage, journal, { log, family }), ...peopleOf(stage, view), onEvent };
    await unlessHeld(stage.store, journal.run, () => run(options));
  } finally {
    // A child that is at work is never left: what it disrupted is restored before this process ends.
    await family?.ended();
    view.close();
    await log.close();
  }
  return packageRun({ ...stage, run: journal.run, secrets });
}

interface Beside {
  readonly log: Log;
  readonly family: Family | undefined;
}

function optionsOf(stage: Stage, journal: RunJournal, { log, family }: Beside): Omit<DrillOptions, 'onEvent'> {
  const { plan, store, twin, signal, workspace } = stage;
  const kernel = createKernel(plan);
  return {
    plan,
    kernel,
    journal,
    catalogue,
    inventory,
    ...worldOf(twin, plan, { log, family }),
    clock: systemClock,
    log,
    signal,
    evaluate: (events) => evaluateRun(plan, kernel, events),
    ownGround: () =>
      journalInReach(workspace.journal, plan, {
        state: workspace.state,
        resources: twin?.environment.resources.map(({ id }) => id) ?? [],
      }),
    otherRuns: () => otherRunsOf(store, journal.run, (name) => identityNow(workspace, name)),
  };
}

function identityNow({ state }: Workspace, name: string): string | undefined {
  const address = findTwin(state, name);
  return address && identityOf({ address });
}

/** Who is asked: first those who approved the parent, then whoever is here. */
function peopleOf(stage: Stage, view: LiveView): Partial<DrillOptions> {
  const here = peopleAtTerminal(stage, view);
  const { child } = stage;
  return child === undefined || stage.wishes.unattended ? here : { ...here, approve: handedFirst(child, here.approve) };
}

function handedFirst({ handed }: ChildStage, approve: DrillOptions['approve']): NonNullable<DrillOptions['approve']> {
  let left: EventOf<'approval.decided'>[] | undefined;
  return async (signal) => {
    left ??= [...handed()];
    // Without a terminal nobody is asked here, and the question stays open for others.
    return left.shift() ?? approve?.(signal) ?? new Promise(() => {});
  };
}

/** Who is asked here. Without a terminal nobody is: people answer from theirs. */
function peopleAtTerminal({ plan, terminal, wishes }: Stage, view: LiveView): Partial<DrillOptions> {
  if (wishes.unattended)
    return { approve: async () => automaticApproval(plan), answer: async (step) => automaticAnswer(step) };
  if (!terminal.interactive) return {};
  const ask = createAsk({ input: process.stdin, output: process.stderr, hold: view.hold });
  return peopleHere(plan, ask, terminal.err);
}

function worldOf(twin: RunningTwin | undefined, { programs }: Plan, { log, family }: Beside) {
  if (twin === undefined) return { world: undefined };
  return {
    world: openWorld(twin.environment, twin.connection, { log, programs, children: family?.runs }),
    worldIdentity: identityOf(twin),
    fasterOperations: () => fasterOperations(twin),
  };
}
