// When a probe did not look at its service, although it should have.
import { seconds, timeOfDay } from './formula.ts';
import { probesOf } from './instants.ts';
import { orchestratorGaps } from './orchestrator-gaps.ts';
import { type ProbeReading, READING_LATENESS_MIN_MS, readingsOf } from './probe-readings.ts';
import type { RunFacts } from './run-facts.ts';

/** Epoch ms. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** More looks than this must not be missing in a row, or the probe was broken; a machine that is busy for a moment is none. */
const LOOKS_MISSED_MAX = 10;
const BLIND_MIN_MS = 10_000;

/**
 * Stretches of a span in which no look was under way and none was due. A look covers the time to its answer, and one interval from its request
 * at the least. What a late timer explains is left out.
 */
function blindSpots(readings: readonly ProbeReading[], everyMs: number, { from, until }: Span): readonly Span[] {
  const spots: Span[] = [];
  let covered = from;
  const note = (to: number) => {
    if (to - covered > Math.max(everyMs, READING_LATENESS_MIN_MS)) spots.push({ from: covered, until: to });
  };
  for (const { sentAt, judgedAt } of readings) {
    if (sentAt > until) break;
    if (sentAt >= from) note(sentAt);
    covered = Math.max(covered, judgedAt, sentAt + everyMs);
  }
  note(until);
  return spots;
}

/** Why readings of a system do not bear its recovery time: a probe that was broken. While no process drove the run none could look. */
export function whyBlind(facts: RunFacts, system: string, span: Span): string | undefined {
  const gaps = orchestratorGaps(facts.events);
  const reasons = probesOf(facts, system).flatMap(({ id, everyMs }) => {
    const limitMs = Math.max(BLIND_MIN_MS, LOOKS_MISSED_MAX * everyMs);
    const worst = blindSpots(readingsOf(facts.events, id), everyMs, span)
      .map((spot) => ({
        ...spot,
        ms: spot.until - spot.from - gaps.reduce((sum, gap) => sum + overlapMs(spot, gap), 0),
      }))
      .find(({ ms }) => ms > limitMs);
    return worst === undefined
      ? []
      : [
          `probe ${id} did not look for ${seconds(worst.ms)} between ${timeOfDay(worst.from)} and ${timeOfDay(worst.until)}`,
        ];
  });
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

const overlapMs = (spot: Span, gap: { readonly from: number; readonly to: number }) =>
  Math.max(0, Math.min(spot.until, gap.to) - Math.max(spot.from, gap.from));

/** How long nobody had looked when a service was found recovered: it may have been back for that long. 0 when it was watched. */
export function unseenMs(facts: RunFacts, system: string, { from, until: recoveredAt }: Span): number {
  const spots = probesOf(facts, system).flatMap(({ id, everyMs }) =>
    blindSpots(readingsOf(facts.events, id), everyMs, { from, until: recoveredAt }),
  );
  return Math.max(0, ...spots.filter(({ until }) => until === recoveredAt).map((spot) => spot.until - spot.from));
}
