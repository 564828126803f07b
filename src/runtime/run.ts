import type { Action, ActionContext, Canary, Probe } from '../model/action.ts';
import type { PlannedCanary, PlannedProbe, PlannedStep } from '../plan/plan.ts';
import type { Limits } from './limits.ts';
import type { Logger } from './logger.ts';
import type { Loop } from './loop.ts';
import type { Observers } from './observers/observers.ts';
import type { DrillOptions } from './options.ts';
import type { Timers } from './perform/timers.ts';
import type { StepQueue } from './queue.ts';
import type { Recall } from './recall.ts';
import { type RequestKind, requestId } from './request-id.ts';
import { RuntimeError } from './runtime-error.ts';

/** A run at work: what every performer and observer may use. */
export interface Run
  extends Omit<DrillOptions, 'kernel' | 'limits' | 'log'>,
    Pick<Loop, 'submit' | 'view' | 'idle' | 'isLast'> {
  readonly limits: Limits;
  readonly log: Logger;
  /** The plan's steps by id. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  readonly recall: Recall;
  readonly queue: StepQueue;
  readonly timers: Timers;
  readonly observers: Observers;
  /** Ends the present work of a step. */
  readonly stops: Map<string, AbortController>;
  /** Aborted as soon as the run leaves its present phase. */
  readonly phaseSignal: () => AbortSignal;
  /** Starts work beside the loop; what it throws ends the run as the engine's own failure. */
  readonly background: (work: () => Promise<void>) => void;
  /** Aborted when the run is over. */
  readonly over: AbortSignal;
}

interface Purpose {
  readonly attempt?: number;
  readonly kind: RequestKind;
  readonly signal: AbortSignal;
}

/** What an action, probe or canary gets. `part` is the id of the step, probe or canary. */
export function contextOf(run: Run, part: string, { attempt = 1, kind, signal }: Purpose): ActionContext<never> {
  return {
    // The catalogue and its world come from the same hands; only they know the type.
    world: run.world as never,
    key: `${run.journal.run}.${part}`,
    run: run.journal.run,
    requestId: requestId(run.journal.run, part, attempt, kind),
    attempt,
    intendedAt: run.recall.intendedAt(part),
    attemptedAt: run.recall.attemptedAt(part, attempt),
    before: run.recall.before.get(part),
    output: run.recall.outputs.get(part),
    requests: run.recall.requests(part),
    signal,
    now: run.clock.now,
    recordChild: async (child) => void (await run.submit({ type: 'child.ended', step: part, attempt, ...child })),
  };
}

export const actionOf = (run: Run, { id, uses }: PlannedStep): Action<unknown, never> =>
  named(run.catalogue.actions.get(uses), `the action ${uses} of step ${id}`);
export const probeOf = (run: Run, { id, uses }: PlannedProbe): Probe<unknown, never> =>
  named(run.catalogue.probes.get(uses), `the probe ${uses} of ${id}`);
export const canaryOf = (run: Run, { id, uses }: PlannedCanary): Canary<unknown, never> =>
  named(run.catalogue.canaries.get(uses), `the canary ${uses} of ${id}`);

function named<Part>(part: Part | undefined, what: string): Part {
  if (part === undefined) throw new RuntimeError('part-missing', `expected ${what} in the catalogue, found none`);
  return part;
}
