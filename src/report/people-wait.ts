// How long people were waited for: shown apart, and never taken off a recovery time.
import { firstOf } from './event-log.ts';
import type { Instants } from './instants.ts';
import type { RunFacts } from './run-facts.ts';

interface Span {
  readonly from: number;
  readonly until: number;
}

/**
 * Time between T0 and T5 (or the end of the record) in which the run waited for people: from detection (T1) to a declaration by a person
 * (T2), and pauses. What overlaps counts once. Null when there was no declaration.
 */
export function peopleWaitMs(facts: RunFacts, { T0, T1, T2, T5 }: Instants): number | null {
  if (T2 === null) return null;
  const from = T0?.at ?? T2.at;
  const until = T5?.at ?? facts.events.at(-1)?.at ?? T2.at;
  const decision = firstOf(facts.events, 'declaration.made')?.automatic
    ? []
    : [{ from: T1?.at ?? T2.at, until: T2.at }];
  return lengthOf([...decision, ...facts.pauses].map((span) => clipped(span, from, until)));
}

const clipped = (span: Span, from: number, until: number): Span => ({
  from: Math.max(span.from, from),
  until: Math.min(span.until, until),
});

/** Of all spans together. */
function lengthOf(spans: readonly Span[]): number {
  let sum = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { from, until } of spans.toSorted((a, b) => a.from - b.from)) {
    sum += Math.max(0, until - Math.max(from, reached));
    reached = Math.max(reached, until);
  }
  return sum;
}
