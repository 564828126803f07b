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
}

/** Folds the run. Throws what the kernel throws when an event is impossible where it stands. */
export function gatherFacts<State>(plan: Plan, kernel: Kernel<State>, events: readonly DrillEvent[]): RunFacts {
  let { state } = kernel.initial();
  const counted: DrillEvent[] = [];
  const pauses: Pause[] = [];
  for (const event of untilEvaluation(events)) {
    const decision = kernel.decide(state, event);
    state = decision.adopt(state);
    if (decision.changed || !ANSWERS.has(event.type)) counted.push(event);
    notePause(pauses, event, kernel.view(state).paused);
  }
  return { plan, events: counted, view: kernel.view(state), steps: stepLog(counted), pauses };
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
