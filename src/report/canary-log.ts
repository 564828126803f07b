// What a canary wrote, and what of it was there after recovery.
import type { DrillEvent } from '../model/events.ts';
import { eventsOf } from './event-log.ts';

/** One canary write. Epoch ms; `acknowledgedAt` null: never, so it is in doubt. */
export interface CanaryWrite {
  readonly sequence: number;
  readonly sentAt: number;
  readonly acknowledgedAt: number | null;
}

/** Every write of a canary in the order of its sequence; a write that was recorded twice counts as acknowledged if one record says so. */
export function writesOf(events: readonly DrillEvent[], canary: string): readonly CanaryWrite[] {
  const writes = new Map<number, CanaryWrite>();
  for (const event of eventsOf(events, 'canary.writes')) {
    if (event.canary !== canary) continue;
    for (const [sequence, sentAt, acknowledgedAt] of event.writes)
      if (writes.get(sequence)?.acknowledgedAt == null) writes.set(sequence, { sequence, sentAt, acknowledgedAt });
  }
  return [...writes.values()].sort((a, b) => a.sequence - b.sequence);
}

export type Survivors =
  | { readonly kind: 'read'; readonly has: (sequence: number) => boolean }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** What the last read-back found. Ranges are searched, never unrolled: a wide one costs nothing. */
export function survivorsOf(events: readonly DrillEvent[], canary: string): Survivors {
  const found = events.findLast(
    (event) => (event.type === 'canary.survivors' || event.type === 'canary.unreadable') && event.canary === canary,
  );
  if (found?.type === 'canary.unreadable')
    return { kind: 'unreadable', reason: `could not be read back: ${found.error.message}` };
  if (found?.type !== 'canary.survivors') return { kind: 'unreadable', reason: 'was not read back' };
  const ranges = found.present.toSorted(([a], [b]) => a - b);
  return { kind: 'read', has: (sequence) => contains(ranges, sequence) };
}

function contains(ranges: readonly (readonly [number, number])[], sequence: number): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [0, -1];
    if (sequence < first) high = middle - 1;
    else if (sequence > last) low = middle + 1;
    else return true;
  }
  return false;
}
