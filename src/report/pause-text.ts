import { parseInstant } from '../model/clock.ts';
import { formatDuration } from '../model/duration.ts';
import type { DrillResult } from '../model/result.ts';

/** `paused by dana for 2 min (10:00:00 to 10:02:00): wait for the vendor; sam let it go on`. */
export function pauseText({ as, reason, from, until, endedBy }: DrillResult['pauses'][number]): string {
  if (until === null) return `paused by ${as} at ${timeIn(from)}: ${reason}; the record ends in it`;
  const length = formatDuration(parseInstant(until) - parseInstant(from));
  const end = endedBy === null ? 'an abort, a guardrail or restoration overruled it' : `${endedBy} let it go on`;
  return `paused by ${as} for ${length} (${timeIn(from)} to ${timeIn(until)}): ${reason}; ${end}`;
}

const timeIn = (instant: string) => instant.slice(11, 19);
