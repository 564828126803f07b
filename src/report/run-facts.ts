// Everything that measuring and judging read, gathered once from plan, kernel and events.
import type { DrillEvent, EventType } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';
import type { Kernel, RunView } from '../statechart/kernel.ts';
import { untilEvaluation } from './event-log.ts';
import { notePause, type Pause } from './pauses.ts';
import { type StepRecord, stepLog } from './step-log.ts';

export interface RunFacts {
  readonly plan: Plan;
  /** Events up to the evaluation, without the answers of steps and people that the machine refused to count (late, superseded). */
  readonly events: readonly DrillEvent[];
  readonly view: RunView;
  readonly steps: ReadonlyMap<string, StepRecord>;
  readonly pauses: readonly Pause[];
  /** When the machine left verification, epoch ms; null: it did not, or was never in it. */
  readonly leftVerificationAt: number | null;
}

/** Folds the run. Throws what the kernel throws when an event is impossible where it stands. */
export function gatherFacts<State>(plan: Plan, kernel: Kernel<State>, events: readonly DrillEvent[]): RunFacts {
  let { state } = kernel.initial();
  let view = kernel.view(state);
  const counted: DrillEvent[] = [];
  const pauses: Pause[] = [];
  let leftVerificationAt: number | null = null;
  for (const event of untilEvaluation(events)) {
    const decision = kernel.decide(state, event);
    state = decision.adopt(state);
    if (decision.changed || !ANSWERS.has(event.type)) counted.push(event);
    const { phase } = view;
    view = kernel.view(state);
    notePause(pauses, event, view.paused);
    if (phase === 'verification' && view.phase !== 'verification') leftVerificationAt ??= event.at;
  }
  return { plan, events: counted, view, steps: stepLog(counted), pauses, leftVerificationAt };
}

/** What the machine may refuse to count. Everything else is kept: readings and requests change no state, and happened all the same. */
const ANSWERS: ReadonlySet<EventType> = new Set<EventType>([
  'approval.decided',
  'declaration.made',
  'run.paused',
  'run.continued',
  'step.skipped',
  'step.retried',
  'step.succeeded',
  'step.failed',
  'step.inspected',
  'step.interrupted',
  'undo.succeeded',
  'undo.failed',
]);
