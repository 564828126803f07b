// Typed looks into an event list; everything in this folder reads events through these.
import type { DrillEvent, EventType } from '../model/events.ts';

/** An event of one type, in its place. */
export type Placed<Type extends EventType> = Extract<DrillEvent, { readonly type: Type }>;

/** All events of a type, in their order. */
export function eventsOf<Type extends EventType>(events: readonly DrillEvent[], type: Type): readonly Placed<Type>[] {
  return events.filter((event): event is Placed<Type> => event.type === type);
}

export const firstOf = <Type extends EventType>(events: readonly DrillEvent[], type: Type): Placed<Type> | undefined =>
  events.find((event): event is Placed<Type> => event.type === type);

export const lastOf = <Type extends EventType>(events: readonly DrillEvent[], type: Type): Placed<Type> | undefined =>
  events.findLast((event): event is Placed<Type> => event.type === type);

/**
 * What the last evaluation had before it: readings that arrive later change neither measures nor outcome. A run that was taken up again after
 * its end is judged again, with all that happened since; until that is done everything counts.
 */
export function untilEvaluation(events: readonly DrillEvent[]): readonly DrillEvent[] {
  const reopened = events.findLastIndex(({ type }) => type === 'run.reopened');
  const end = events.findIndex(({ type }, index) => index > reopened && type === 'evaluation.finished');
  return end === -1 ? events : events.slice(0, end);
}
