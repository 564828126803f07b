// The observer clock does not follow a wall clock that is set, and stands still while a machine sleeps: both must be on record.
import type { Clock } from '../model/clock.ts';

const WATCH_EVERY_MS = 1000;
/** Smaller differences are drift, which a time service corrects all day long. */
export const STEP_MS_MIN = 1000;

export interface ClockWatchOptions {
  readonly clock: Clock;
  /** The wall clock, epoch ms. */
  readonly wall?: () => number;
  /** Told how far the wall clock has moved against the observer clock since the last time. */
  readonly onStep: (wallMinusMonotonicMs: number) => void;
  readonly everyMs?: number;
}

/** Watches for a difference of more than a second between the two clocks until the returned function is called. */
export function watchClock({
  clock,
  wall = Date.now,
  onStep,
  everyMs = WATCH_EVERY_MS,
}: ClockWatchOptions): () => void {
  let offset = wall() - clock.now();
  const timer = setInterval(() => {
    const found = wall() - clock.now();
    if (Math.abs(found - offset) <= STEP_MS_MIN) return;
    onStep(found - offset);
    offset = found;
  }, everyMs);
  return () => clearInterval(timer);
}
