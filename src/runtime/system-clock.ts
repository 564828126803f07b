import type { Clock } from '../model/clock.ts';

/** The observer clock of a process: wall time at its start, monotonic from there on. Whole epoch milliseconds. */
export const systemClock: Clock = { now: () => Math.floor(performance.timeOrigin + performance.now()) };
