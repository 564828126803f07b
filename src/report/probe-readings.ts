// From single readings of a probe to stretches of time in which the service was seen to work.
import type { DrillEvent } from '../model/events.ts';
import { eventsOf } from './event-log.ts';

/** One look at a service: when the request left, when the answer was judged. Epoch ms. */
export interface ProbeReading {
  readonly sentAt: number;
  readonly judgedAt: number;
  readonly healthy: boolean;
  readonly detail: string | undefined;
}

/** Neighbouring readings of one judgement without a hole: first request to last judgement. */
export interface Stretch {
  readonly healthy: boolean;
  readonly from: number;
  readonly until: number;
}

/** A busy machine may send a reading this late before its neighbours stop counting as neighbours. */
export const READING_LATENESS_MIN_MS = 500;

/** All readings of a probe in the order in which they were sent. */
export function readingsOf(events: readonly DrillEvent[], probe: string): readonly ProbeReading[] {
  return eventsOf(events, 'probe.readings')
    .filter((event) => event.probe === probe)
    .flatMap((event) => event.readings.map(toReading))
    .sort((a, b) => a.sentAt - b.sentAt);
}

const toReading = ([sentAt, judgedAt, healthy, detail]: readonly [number, number, boolean, (string | undefined)?]) => ({
  sentAt,
  judgedAt,
  healthy,
  detail,
});

/** Joins readings. Time between two readings that is longer than expected belongs to no stretch: nobody looked. */
export function stretchesOf(readings: readonly ProbeReading[], everyMs: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let before: ProbeReading | undefined;
  for (const reading of readings) {
    const last = stretches.at(-1);
    const joins =
      last !== undefined &&
      before !== undefined &&
      last.healthy === reading.healthy &&
      !isHole(before, reading, everyMs);
    if (joins) stretches[stretches.length - 1] = { ...last, until: Math.max(last.until, reading.judgedAt) };
    else stretches.push({ healthy: reading.healthy, from: reading.sentAt, until: reading.judgedAt });
    before = reading;
  }
  return stretches;
}

function isHole(before: ProbeReading, next: ProbeReading, everyMs: number): boolean {
  const expectedAt = Math.max(before.judgedAt, before.sentAt + everyMs);
  return next.sentAt > expectedAt + Math.max(everyMs, READING_LATENESS_MIN_MS);
}

/** True when the service was seen to be well for `ms` after `from`, and never failed after that. */
export function endsWell(
  readings: readonly ProbeReading[],
  { everyMs, from, ms }: { readonly everyMs: number; readonly from: number; readonly ms: number },
): boolean {
  const failing = readings.findLast(({ healthy }) => !healthy);
  return stretchesOf(readings, everyMs).some(
    (stretch) =>
      stretch.healthy &&
      (failing === undefined || stretch.from > failing.sentAt) &&
      stretch.until - Math.max(stretch.from, from) >= ms,
  );
}

/** When a service was available again, and the stable window that held. */
export interface Recovery {
  /** The first healthy reading that then stayed healthy to the end of the window. */
  readonly availableAt: number;
  /** Start of the stable window. */
  readonly stableFrom: number;
}

export interface StableWindow {
  readonly everyMs: number;
  readonly stableForMs: number;
  /** Readings sent before this do not count: recovery had not started. */
  readonly notBefore: number;
  /** Where the engine says that the window began. */
  readonly since: number;
  /** When verification ended: a service that failed again up to then had not recovered before. */
  readonly verifiedAt: number;
}

/** The first stretch that bears the claimed stable window out with readings alone; undefined when none does. */
export function findRecovery(readings: readonly ProbeReading[], window: StableWindow): Recovery | undefined {
  const counted = readings.filter(({ sentAt }) => sentAt >= window.notBefore);
  const failedAgain = counted.findLast(
    ({ sentAt, healthy }) => !healthy && sentAt >= window.since && sentAt <= window.verifiedAt,
  );
  const held = stretchesOf(counted, window.everyMs).find(
    ({ healthy, from, until }) =>
      healthy &&
      until - Math.max(from, window.since) >= window.stableForMs &&
      (failedAgain === undefined || (from > failedAgain.sentAt && from <= window.verifiedAt)),
  );
  return held && { availableAt: held.from, stableFrom: Math.max(held.from, window.since) };
}
