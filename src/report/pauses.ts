// When people held the run, read from what the machine made of their words.
import type { DrillEvent } from '../model/events.ts';

/** A stretch in which people held the run. Epoch ms. */
export interface Pause {
  readonly as: string;
  readonly reason: string;
  readonly from: number;
  readonly until: number;
  /** Who let it go on; null: an abort, a guardrail or restoration overruled the pause, or the record ends in it. */
  readonly endedBy: string | null;
}

/** Adds what an event did to the pauses so far. `paused`: whether the run is held after it. */
export function notePause(pauses: Pause[], event: DrillEvent, paused: boolean): void {
  const last = pauses.at(-1);
  if (event.type === 'run.paused' && paused && last?.until !== Number.POSITIVE_INFINITY) {
    pauses.push({ as: event.as, reason: event.reason, from: event.at, until: Number.POSITIVE_INFINITY, endedBy: null });
  } else if (!paused && last?.until === Number.POSITIVE_INFINITY) {
    const endedBy = event.type === 'run.continued' ? event.as : null;
    pauses[pauses.length - 1] = { ...last, until: event.at, endedBy };
  }
}
