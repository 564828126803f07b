// How long a service has been seen to be well without anybody looking away.
import type { TimedReading } from './probe.ts';

export interface Streak {
  /** When the first request of the streak was sent, epoch ms. */
  readonly since: number;
  /** When the last answer of it was judged. */
  readonly until: number;
}

export interface StreakKeeper {
  /** Takes the readings in the order in which their requests were sent. */
  readonly take: (reading: TimedReading) => void;
  /** Undefined while the last reading is not healthy, or there is none. */
  readonly current: () => Streak | undefined;
}

/** A busy machine may send a reading so late before there is a gap. The report joins readings by the same rule. */
const LATENESS_MS_MIN = 500;

/** A gap between readings ends a streak: a prober that hangs must never look like a service that is well. */
export function createStreak({
  everyMs,
  timeoutMs,
}: {
  readonly everyMs: number;
  readonly timeoutMs: number;
}): StreakKeeper {
  let streak: Streak | undefined;
  let before: TimedReading | undefined;
  const isGap = (next: TimedReading, last: TimedReading) => {
    const expectedAt = Math.max(last.judgedAt, last.sentAt + everyMs) + Math.max(everyMs, LATENESS_MS_MIN);
    return next.sentAt > expectedAt || next.sentAt - last.sentAt > timeoutMs + 2 * everyMs + LATENESS_MS_MIN;
  };
  return {
    take: (reading) => {
      const joins = streak !== undefined && before !== undefined && !isGap(reading, before);
      if (!reading.healthy) streak = undefined;
      else if (joins && streak !== undefined)
        streak = { since: streak.since, until: Math.max(streak.until, reading.judgedAt) };
      else streak = { since: reading.sentAt, until: reading.judgedAt };
      before = reading;
    },
    current: () => streak,
  };
}
