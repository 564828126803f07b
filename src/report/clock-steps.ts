// When the observer's clock was stepped, or its machine slept: what was measured across that instant was not measured.
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import { timeOfDay } from './formula.ts';
import type { RunFacts } from './run-facts.ts';

export interface ClockStep {
  /** Epoch ms: when it was noticed. */
  readonly at: number;
  /** Positive: the wall clock went forward. */
  readonly ms: number;
}

/** Smaller differences are drift. The watch of the runtime has the same limit. */
const STEP_MIN_MS = 1000;
/** The watch looks once a second, and a busy machine is late. */
const NOTICED_LATE_MS_MAX = 2000;

type Facts = Pick<RunFacts, 'events'>;

/** From the beginning of the baseline on, in their order. Before it nothing is measured, and people may take their time to approve. */
export function clockSteps({ events }: Facts): readonly ClockStep[] {
  const baseline = events.findIndex(({ type }) => type === 'baseline.finished');
  const begin = events.slice(0, Math.max(0, baseline)).findLastIndex(({ type }) => BEGINS_BASELINE.has(type));
  return [...seenSteps(events.slice(begin + 1)), ...stepsBetweenProcesses(events.slice(begin + 1))].sort(
    (a, b) => a.at - b.at,
  );
}

const BEGINS_BASELINE: ReadonlySet<DrillEvent['type']> = new Set<DrillEvent['type']>([
  'preflight.finished',
  'approval.decided',
]);

const seenSteps = (events: readonly DrillEvent[]): readonly ClockStep[] =>
  events.flatMap((event) =>
    event.type === 'clock.stepped' && Math.abs(event.wallMinusMonotonicMs) > STEP_MIN_MS
      ? [{ at: event.at, ms: event.wallMinusMonotonicMs }]
      : [],
  );

/** A process that took over looks only after that: readings from before it show that the clock went back in between. */
function stepsBetweenProcesses(events: readonly DrillEvent[]): readonly ClockStep[] {
  return events.flatMap((event, index) => {
    if (event.type !== 'run.resumed') return [];
    const next = events.findIndex(({ type }, later) => later > index && type === 'run.resumed');
    const sent = events
      .slice(index + 1, next === -1 ? undefined : next)
      .flatMap((later) => (later.type === 'probe.readings' ? later.readings.map(([sentAt]) => sentAt) : []));
    const ms = Math.min(0, ...sent.map((sentAt) => sentAt - event.at));
    return ms < -STEP_MIN_MS ? [{ at: event.at, ms }] : [];
  });
}

/** Those that touch a span of time, as far as anybody can tell. */
export const clockStepsWithin = (facts: Facts, from: number, to: number): readonly ClockStep[] =>
  clockSteps(facts).filter(({ at }) => at >= from && at <= to + NOTICED_LATE_MS_MAX);

/** `stepped by 5 s forward at 10:00:20.001`. */
export const clockStepText = ({ at, ms }: ClockStep): string =>
  `stepped by ${formatDuration(Math.abs(ms))} ${ms > 0 ? 'forward' : 'back'} at ${timeOfDay(at)}`;

/** Why a time is not measured; undefined when the clock was left alone. */
export const whyStepped = (steps: readonly ClockStep[]): string | undefined =>
  steps.length === 0
    ? undefined
    : `the observer's clock was ${steps.map(clockStepText).join(', ')}: time across it is not measured`;
