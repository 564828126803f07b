// How often a service went between well and not well while it was recovering: a plain outage is two changes, more is flapping.
import type { DrillResult, SystemResult } from '../model/result.ts';
import { count } from './formula.ts';
import { type Instants, probesOf } from './instants.ts';
import { recoveryEnd } from './missing-records.ts';
import { type ProbeReading, readingsOf } from './probe-readings.ts';
import { verificationEnd } from './relapse.ts';
import type { RunFacts } from './run-facts.ts';

type Flaps = SystemResult['flaps'][number];

/** Down once and up once. */
const PLAIN_CHANGES = 2;

/** From T0 to T5; to the end of verification when there is no T5. Restoration may interrupt a service, and is not looked at. Empty without T0. */
export function flapsOf(facts: RunFacts, system: string, { T0, T5 }: Pick<Instants, 'T0' | 'T5'>): Flaps[] {
  if (T0 === null) return [];
  const until = T5?.at ?? Math.max(verificationEnd(facts), recoveryEnd(facts).at);
  return probesOf(facts, system).map(({ id }) => ({
    probe: id,
    changes: countChanges(readingsOf(facts.events, id), T0.at, until),
  }));
}

/** A change counts where the later of its two readings was sent. */
const countChanges = (readings: readonly ProbeReading[], from: number, until: number) =>
  readings.filter(({ sentAt, healthy }, index) => {
    const before = readings[index - 1];
    return before !== undefined && before.healthy !== healthy && sentAt >= from && sentAt <= until;
  }).length;

/** One sentence for each probe whose service flapped. */
export const flapTexts = ({ flaps }: Pick<SystemResult, 'flaps'>): readonly string[] =>
  flaps
    .filter(({ changes }) => changes > PLAIN_CHANGES)
    .map(
      ({ probe, changes }) =>
        `probe ${probe} changed ${count(changes)} times between healthy and failing from T0 to T5: the service flapped, and the stable window began anew each time`,
    );

/** What the timeline says behind the lane of a probe; undefined for a plain outage. */
export function flapNote({ systems }: Pick<DrillResult, 'systems'>, probe: string): string | undefined {
  const changes = systems.flatMap(({ flaps }) => flaps).find((found) => found.probe === probe)?.changes ?? 0;
  return changes > PLAIN_CHANGES ? `flapped: ${count(changes)} changes` : undefined;
}
