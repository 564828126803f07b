// T0 to T7 of a system. Instants are recorded facts; every interval is derived from them elsewhere.

import type { PlannedProbe } from '../plan/plan.ts';
import { isProved, settledProofOf } from './acceptance.ts';
import type { Disruption } from './disruption.ts';
import { eventsOf, firstOf, lastOf } from './event-log.ts';
import { findRecovery, type Recovery, readingsOf } from './probe-readings.ts';
import { relapsesOf, verificationEnd } from './relapse.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf } from './step-log.ts';

export interface Instant {
  /** Epoch ms of the observer clock. */
  readonly at: number;
  /** Which record says so. */
  readonly source: string;
  readonly simulated?: boolean;
}

export const INSTANTS = ['T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'] as const;
export type InstantName = (typeof INSTANTS)[number];
export type Instants = { readonly [Name in InstantName]: Instant | null };

/** Finds the instants of a system. Null: it did not happen, or nothing on record shows that it did. */
export function findInstants(facts: RunFacts, system: string, disruption: Disruption | undefined): Instants {
  const T2 = declared(facts);
  const T3 = started(facts, T2);
  const recoveries = T3 ? recoveriesOf(facts, system, T3.at) : [];
  return {
    T0: disruption ? toInstant(disruption) : null,
    T1: disruption ? detected(facts, system, disruption) : null,
    T2,
    T3,
    T4:
      recoveries && latest(recoveries.map(({ probe, availableAt }) => ({ at: availableAt, source: `probe ${probe}` }))),
    T5: T3 && recoveries && verified(facts, system, recoveries),
    T6: null,
    T7: proved(facts),
  };
}

const toInstant = ({ effectiveAt, step, source, simulated }: Disruption): Instant => ({
  at: effectiveAt,
  source: `step ${step}: ${source}`,
  ...(simulated && { simulated }),
});

export const probesOf = ({ plan }: RunFacts, system: string): readonly PlannedProbe[] =>
  plan.probes.filter((probe) => probe.system === system);

/** A failure is known once it was judged, so the end of the reading counts. */
function detected(facts: RunFacts, system: string, { effectiveAt }: Disruption): Instant | null {
  const failing = probesOf(facts, system).flatMap(({ id }) =>
    readingsOf(facts.events, id)
      .filter(({ healthy, judgedAt }) => !healthy && judgedAt >= effectiveAt)
      .map(({ judgedAt, detail }) => ({ at: judgedAt, source: `probe ${id}${detail ? `: ${detail}` : ''}` })),
  );
  return failing.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

function declared({ events }: RunFacts): Instant | null {
  const made = firstOf(events, 'declaration.made');
  return made
    ? { at: made.at, source: made.automatic ? `automatic: ${made.reason}` : `${made.as}: ${made.reason}` }
    : null;
}

function started({ plan, steps }: RunFacts, T2: Instant | null): Instant | null {
  const starts = plan.steps
    .filter(({ phase }) => phase === 'recovery')
    .flatMap(({ id }) => {
      const { sent, startedAt } = recordOf(steps, id);
      return sent && startedAt !== null && startedAt >= (T2?.at ?? 0) ? [{ at: startedAt, source: `step ${id}` }] : [];
    });
  return starts.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

type ProbeRecovery = Recovery & { readonly probe: string };

/** How each probe of the system recovered; null when one of them did not, or readings do not bear its stable window out. */
function recoveriesOf(facts: RunFacts, system: string, notBefore: number): readonly ProbeRecovery[] | null {
  const recoveries = probesOf(facts, system).map((probe) => {
    const since = eventsOf(facts.events, 'probe.stable').find((event) => event.probe === probe.id)?.since;
    if (since === undefined) return undefined;
    const { everyMs, stableForMs } = probe;
    const window = { everyMs, stableForMs, notBefore, since, verifiedAt: verificationEnd(facts) };
    const recovery = findRecovery(readingsOf(facts.events, probe.id), window);
    return recovery && { ...recovery, probe: probe.id };
  });
  return recoveries.every((recovery) => recovery !== undefined) ? recoveries : null;
}

/** The service counts as recovered when the last of its probes does. */
const latest = (instants: readonly Instant[]): Instant | null => instants.toSorted((a, b) => b.at - a.at)[0] ?? null;

function verified(facts: RunFacts, system: string, recoveries: readonly ProbeRecovery[]): Instant | null {
  if (failedChecks(facts, system).length > 0) return null;
  const checks = verificationSteps(facts, system).map(({ id }) => ({
    at: recordOf(facts.steps, id).endedAt ?? 0,
    source: `check ${id} passed`,
  }));
  const windows = recoveries.map(({ probe, stableFrom }) => ({
    at: stableFrom,
    source: `stable window of probe ${probe}`,
  }));
  return latest([...windows, ...checks]);
}

/** Those of the system and those of none. */
const verificationSteps = ({ plan }: RunFacts, system: string) =>
  plan.steps.filter((step) => step.phase === 'verification' && (step.system ?? system) === system);

const failedChecks = (facts: RunFacts, system: string) =>
  verificationSteps(facts, system).filter(({ id }) => recordOf(facts.steps, id).ended !== 'succeeded');

/** Why a system has no T5, for people. */
export function whyUnverified(facts: RunFacts, system: string): string {
  const checks = failedChecks(facts, system).map(({ id }) => `check ${id} did not pass`);
  const stable = new Set(eventsOf(facts.events, 'probe.stable').map(({ probe }) => probe));
  const failedAgain = new Set(relapsesOf(facts).map(({ probe }) => probe));
  const probes = probesOf(facts, system).map(({ id }) => {
    if (failedAgain.has(id)) return `probe ${id} failed again after it had been stable`;
    return stable.has(id) ? `readings of probe ${id} have a hole` : `probe ${id} was not stable`;
  });
  const reasons = checks.length > 0 ? checks : probes;
  return `recovery was not verified: ${reasons.join(', ') || 'the drill has neither checks nor probes of this system'}`;
}

/** Where people accepted what is not as it was, things are normal again once they had said so. */
function proved({ plan, events }: RunFacts): Instant | null {
  const event = lastOf(events, 'restoration.proved');
  const proof = settledProofOf(plan, events);
  if (event === undefined || !isProved(proof)) return null;
  if (proof.verdict === 'proved') return { at: event.at, source: 'restoration proved against the baseline' };
  const counted = proof.acceptances.filter(({ covers }) => covers.length > 0);
  return {
    at: Math.max(event.at, ...counted.map(({ at }) => at)),
    source: 'restoration proved against the baseline, except for what was accepted',
  };
}
