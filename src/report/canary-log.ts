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
  | {
      readonly kind: 'read';
      /** Place of the answer: epoch ms, and its number in the journal. */
      readonly at: number;
      readonly seq: number;
      readonly has: (sequence: number) => boolean;
    }
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
  return { kind: 'read', at: found.at, seq: found.seq, has: (sequence) => contains(ranges, sequence) };
}

/**
 * How many writes that left before an instant are neither on record nor present: numbers between two neighbours on record that nobody has
 * heard of. Where another process numbers on, nothing is missing.
 */
export function countUnrecorded(
  events: readonly DrillEvent[],
  writes: readonly CanaryWrite[],
  { has, before }: { readonly has: (sequence: number) => boolean; readonly before: number },
): number {
  const resumed = eventsOf(events, 'run.resumed').map(({ at }) => at);
  return writes.reduce((sum, write, index) => {
    const last = writes[index - 1];
    if (last === undefined || last.sentAt > before || write.sequence - last.sequence <= 1) return sum;
    if (resumed.some((at) => at >= last.sentAt && at <= write.sentAt)) return sum;
    let missing = 0;
    for (let sequence = last.sequence + 1; sequence < write.sequence && missing < UNRECORDED_MAX; sequence++)
      if (!has(sequence)) missing += 1;
    return sum + missing;
  }, 0);
}

/** Nobody needs to know how many more. */
const UNRECORDED_MAX = 1000;

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
