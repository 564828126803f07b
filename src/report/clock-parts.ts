// The clock of a system in its parts: one stretch after the other, from where the recovery time begins to where it ends.
import { parseInstant } from '../model/clock.ts';
import type { SystemResult } from '../model/result.ts';
import type { InstantName } from './instants.ts';

export interface ClockPart {
  readonly name: string;
  /** The instants it lies between: `T1 − T0`. */
  readonly formula: string;
  readonly ms: number;
}

/** What a stretch is called that ends at an instant. */
const NAMES = {
  T1: 'detection',
  T2: 'decision',
  T3: 'start of recovery',
  T4: 'technical recovery',
  T5: 'verification',
} as const;
const ENDS = Object.keys(NAMES) as readonly (keyof typeof NAMES)[];

/**
 * The parts from T0 (T2 when the disruption was simulated) to T5. An instant that is missing, or that lies before the one in front of it, has no
 * part of its own: its time belongs to the next. Empty without a beginning or an end.
 */
export function clockParts({ instants }: SystemResult): readonly ClockPart[] {
  const first: InstantName = instants.T0?.simulated ? 'T2' : 'T0';
  const start = instants[first];
  if (start === null || instants.T5 === null) return [];
  const parts: ClockPart[] = [];
  let from: { readonly name: InstantName; readonly at: number } = { name: first, at: parseInstant(start.at) };
  for (const name of ENDS) {
    const instant = instants[name];
    const at = instant === null ? Number.NaN : parseInstant(instant.at);
    if (!(at >= from.at) || name <= from.name) continue;
    parts.push({ name: NAMES[name], formula: `${name} − ${from.name}`, ms: at - from.at });
    from = { name, at };
  }
  return parts;
}
