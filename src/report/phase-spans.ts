// When each phase lasted, read from the events that end one.
import type { DrillEvent, EventType } from '../model/events.ts';
import type { Phase, StepPhase } from '../model/phase.ts';
import type { Plan } from '../plan/plan.ts';

export interface PhaseSpan {
  readonly phase: Phase;
  readonly from: number;
  readonly until: number;
}

/** Phases in their order, each from the end of the one before. A phase that left no trace is missing. */
export function phaseSpans(plan: Plan, events: readonly DrillEvent[]): readonly PhaseSpan[] {
  const ends: readonly (readonly [Phase, number | undefined])[] = [
    ['preflight', endOf(events, ['preflight.finished'])],
    ['approval', endOf(events, ['approval.decided'])],
    ['baseline', endOf(events, ['baseline.finished'])],
    ['disruption', endOfSteps(plan, events, 'disruption')],
    ['declaration', endOf(events, ['declaration.made'])],
    ['recovery', endOfSteps(plan, events, 'recovery')],
    ['verification', latest(endOfSteps(plan, events, 'verification'), endOf(events, VERIFICATION_ENDS))],
    ['restoration', endOf(events, ['restoration.proved'])],
    ['evaluation', endOf(events, ['evaluation.finished'])],
  ];
  const spans: PhaseSpan[] = [];
  for (const [phase, until] of ends) {
    const from = spans.at(-1)?.until ?? events[0]?.at;
    if (from !== undefined && until !== undefined && until >= from) spans.push({ phase, from, until });
  }
  return spans;
}

const VERIFICATION_ENDS: readonly EventType[] = ['probe.stable', 'canary.survivors', 'canary.unreadable'];
const STEP_ENDS: ReadonlySet<EventType> = new Set<EventType>([
  'step.succeeded',
  'step.failed',
  'step.inspected',
  'step.interrupted',
]);

const endOf = (events: readonly DrillEvent[], types: readonly EventType[]) =>
  events.findLast(({ type }) => types.includes(type))?.at;

function endOfSteps(plan: Plan, events: readonly DrillEvent[], phase: StepPhase): number | undefined {
  const ids = new Set(plan.steps.filter((step) => step.phase === phase).map(({ id }) => id));
  return events.findLast((event) => STEP_ENDS.has(event.type) && 'step' in event && ids.has(event.step))?.at;
}

const latest = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
