// Ways in which the record of a run may be wrong: cut, with an event missing, twice or elsewhere, or with a yes for a no.
import fc from 'fast-check';
import type { DrillEvent } from '../../src/model/events.ts';

/** Picks are taken modulo what there is to pick from, so that any number fits any list. */
export type Mutation =
  | { readonly kind: 'cut' | 'drop' | 'repeat' | 'flip'; readonly pick: number; readonly which: number }
  | { readonly kind: 'move'; readonly pick: number; readonly which: number };

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('cut', 'drop', 'repeat', 'flip', 'move'),
  pick: fc.nat(),
  which: fc.nat(),
});

/** The first event is left alone: without it there is no run. Places and times go on from one event to the next, as a journal gives them. */
export function mutate(events: readonly DrillEvent[], mutations: readonly Mutation[]): readonly DrillEvent[] {
  const list = mutations.reduce(mutateOnce, events);
  let at = 0;
  return list.map((event, index) => {
    at = Math.max(at, event.at);
    return { ...event, seq: index + 1, at };
  });
}

function mutateOnce(events: readonly DrillEvent[], { kind, pick, which }: Mutation): readonly DrillEvent[] {
  if (events.length < 2) return events;
  const at = 1 + (pick % (events.length - 1));
  const event = events[at];
  if (event === undefined) return events;
  switch (kind) {
    case 'cut':
      return events.slice(0, at);
    case 'drop':
      return events.toSpliced(at, 1);
    case 'repeat':
      return events.toSpliced(1 + (which % (events.length - 1)), 0, event);
    case 'move':
      return events.toSpliced(at, 1).toSpliced(1 + (which % (events.length - 1)), 0, event);
    case 'flip':
      return events.with(at, flipped(event, which));
  }
}

/** One of its booleans is the other one; an event without any stays as it is. */
function flipped(event: DrillEvent, which: number): DrillEvent {
  const count = countBooleans(event);
  if (count === 0) return event;
  let left = which % count;
  return JSON.parse(JSON.stringify(event), (_, value: unknown) =>
    typeof value === 'boolean' && left-- === 0 ? !value : value,
  ) as DrillEvent;
}

function countBooleans(event: DrillEvent): number {
  let count = 0;
  JSON.stringify(event, (_, value: unknown) => {
    if (typeof value === 'boolean') count += 1;
    return value;
  });
  return count;
}
