import type { RunJournal } from '../journal/journal.ts';
import type { Catalogue, Inventory } from '../model/action.ts';
import type { Clock } from '../model/clock.ts';
import type { DrillEvent, EventOf } from '../model/events.ts';
import type { Outcome, Phase } from '../model/phase.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { OtherRun } from '../plan/scope-lock.ts';
import type { Kernel } from '../statechart/kernel.ts';
import type { RunState } from '../statechart/run-state.ts';
import type { Limits } from './limits.ts';
import type { Logger } from './logger.ts';

export type PageAnswer = Pick<EventOf<'page.answered'>, 'as' | 'role' | 'result' | 'note'>;

/** What a run needs. The world is handed through to the catalogue and never looked at. */
export interface DrillOptions {
  readonly kernel: Kernel<RunState>;
  readonly plan: Plan;
  readonly journal: RunJournal;
  readonly catalogue: Catalogue<never>;
  readonly inventory: Inventory<never>;
  readonly world: unknown;
  /** Tells this world from another one of the same name; journalled when the run enters it. */
  readonly worldIdentity?: string;
  readonly clock: Clock;
  readonly log?: Logger;
  readonly limits?: Partial<Limits>;
  /**
   * Asks somebody here for one permission to drill; asked again until the plan's number is reached. A rejection aborts the run. Without it,
   * people answer through the inbox alone, as they may in any case; the signal ends the question then.
   */
  readonly approve?: (signal: AbortSignal) => Promise<EventOf<'approval.decided'>>;
  /** Asks somebody here for the decision to recover, once the disruption was seen; `reason` says how. */
  readonly declare?: (reason: string, signal: AbortSignal) => Promise<EventOf<'declaration.made'>>;
  /** Asks somebody here about one step of a runbook page; `item` counts from 1. */
  readonly answer?: (step: PlannedStep, item: number, signal: AbortSignal) => Promise<PageAnswer>;
  /** Judges the run from its events so far. Pure. */
  readonly evaluate: (events: readonly DrillEvent[]) => {
    readonly outcome: Outcome;
    readonly reasons: readonly string[];
  };
  /** Operations that a twin finished faster than any on record. */
  readonly fasterOperations?: () => Promise<readonly EventOf<'twin.faster'>['operations'][number][]>;
  /** Other runs that have not ended, or ended stuck: while one holds resources that this one may touch, it does not go on. */
  readonly otherRuns?: () => readonly OtherRun[] | Promise<readonly OtherRun[]>;
  /** Why this run must not keep its own record where it does: a drill never takes away what it is written down on. Preflight refuses then. */
  readonly ownGround?: () => readonly string[];
  /** Told of every event once it is durable, with the phase after it; on a resumed run of the replayed ones too. */
  readonly onEvent?: (event: DrillEvent, phase: Phase) => void;
  /** Aborted: the run is aborted into its restoration. The promise settles when that is over. */
  readonly signal: AbortSignal;
}
