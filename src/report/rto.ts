// How long recovery took, and what stands against the objective.
import type { SystemResult } from '../model/result.ts';
import { unseenMs, whyBlind } from './blind-spots.ts';
import { clockStepsWithin, whyStepped } from './clock-steps.ts';
import { clockBoundMs, type Disruption } from './disruption.ts';
import { concerns, fasterWithin, isSlowerStill, whyCompressed } from './faster-operations.ts';
import { seconds, timeOfDay } from './formula.ts';
import { goneWorld } from './gone-world.ts';
import { type Instant, type Instants, probesOf, whyUnverified } from './instants.ts';
import { peopleWaitMs } from './people-wait.ts';
import { verificationEnd } from './relapse.ts';
import type { RunFacts } from './run-facts.ts';
import { judge, type Measured, NO_OBJECTIVE } from './verdict.ts';

type Rto = SystemResult['rto'];

export interface RtoMeasure {
  readonly rto: Rto;
  /** True when operations of a twin that ran faster than recorded, or that have no record, are the only reason why it is not measured. */
  readonly compressed: boolean;
  /** A probe that was broken before the end of verification, whether or not an objective needs the time; undefined: it was not. */
  readonly unwatched: string | undefined;
}

/**
 * RTO actual = T5 − T0 when the disruption was real, T5 − T2 when it was simulated. Uncertainty: one probe interval, the bracket of T0, and the
 * time for which nobody had looked when the service was found recovered. Across a step of the clock, or with a probe that was broken, no time is measured,
 * nor with a twin that was faster than Azure: unless even that time misses the objective.
 */
export function measureRto(
  facts: RunFacts,
  system: string,
  instants: Instants,
  disruption: Disruption | undefined,
): RtoMeasure {
  const objectiveMs = facts.plan.objectives.find((objective) => objective.system === system)?.rtoMs ?? null;
  const { measured, reason, compressed } = timeOf(facts, system, { instants, disruption, objectiveMs });
  const why = reason ?? (objectiveMs === null ? NO_OBJECTIVE : undefined);
  return {
    compressed,
    unwatched: whyUnwatched(facts, system, instants),
    rto: {
      objectiveMs,
      actualMs: measured?.actualMs ?? null,
      uncertaintyMs: measured?.uncertaintyMs ?? null,
      verdict: judge(measured, objectiveMs),
      ...(why !== undefined && { reason: why }),
      formula: measured?.formula ?? (instants.T0?.simulated ? 'T5 − T2' : 'T5 − T0'),
      parts: partsOf(facts, instants),
    },
  };
}

interface Bounds {
  readonly instants: Instants;
  readonly disruption: Disruption | undefined;
  readonly objectiveMs: number | null;
}

interface Time {
  readonly measured: (Measured & { readonly formula: string }) | null;
  /** Why it is not measured, or what it leaves open. */
  readonly reason: string | undefined;
  readonly compressed: boolean;
}

const unmeasured = (reason: string, compressed = false): Time => ({ measured: null, reason, compressed });

function timeOf(facts: RunFacts, system: string, { instants, disruption, objectiveMs }: Bounds): Time {
  const span = spanOf(instants);
  if (span === undefined) return unmeasured(whyUnmeasured(facts, system, instants));
  const unborne = whyUnborne(facts, system, span);
  if (unborne !== undefined) return unmeasured(unborne);
  const measured = measure(facts, system, span, disruption);
  const faster = fasterWithin(facts, span.from.at, span.to.at).filter((operation) =>
    concerns(facts, system, operation),
  );
  const reason = whyCompressed(faster);
  if (reason === undefined) return { measured, reason, compressed: false };
  const isMissed = isSlowerStill(faster) && judge(measured, objectiveMs) === 'missed';
  return isMissed ? { measured, reason: `at the least: ${reason}`, compressed: false } : unmeasured(reason, true);
}

interface Span {
  readonly name: 'T5 − T0' | 'T5 − T2 (simulated disruption)';
  readonly from: Instant;
  readonly to: Instant;
}

function spanOf({ T0, T2, T5 }: Instants): Span | undefined {
  if (T0 === null || T5 === null) return undefined;
  if (!T0.simulated) return { name: 'T5 − T0', from: T0, to: T5 };
  return T2 === null ? undefined : { name: 'T5 − T2 (simulated disruption)', from: T2, to: T5 };
}

function whyUnmeasured(facts: RunFacts, system: string, { T0, T5 }: Instants): string {
  if (T0 === null) return 'no disruption took effect on record: T0 is missing';
  return T5 === null ? whyUnverified(facts, system) : 'nobody declared the recovery: T2 is missing';
}

/** Why the record does not bear the time, whatever the twin did in it. */
const whyUnborne = (facts: RunFacts, system: string, { from, to }: Span): string | undefined =>
  whyUnknown(facts) ??
  whyBlind(facts, system, { from: from.at, until: to.at }) ??
  whyStepped(clockStepsWithin(facts, from.at, to.at));

/** A pause may hold verification after T5: a service that nobody looked at in it may have failed again. */
function whyUnwatched(facts: RunFacts, system: string, instants: Instants): string | undefined {
  const from = spanOf(instants)?.from ?? instants.T0;
  const until = Math.max(instants.T5?.at ?? 0, verificationEnd(facts));
  return from === null || until < from.at ? undefined : whyBlind(facts, system, { from: from.at, until });
}

const whyUnknown = (facts: RunFacts) =>
  goneWorld(facts) && 'the twin is gone, and with it the times that its operations took';

function measure(
  facts: RunFacts,
  system: string,
  span: Span,
  disruption: Disruption | undefined,
): Measured & { formula: string } {
  const actualMs = Math.max(0, span.to.at - span.from.at);
  const probeMs = Math.max(0, ...probesOf(facts, system).map(({ everyMs }) => everyMs));
  const boundMs = disruption && !disruption.simulated ? clockBoundMs(disruption) : 0;
  // A span that ends with the first look after a while without any may have ended at any time in it.
  const blindMs = unseenMs(facts, system, { from: span.from.at, until: span.to.at });
  const uncertaintyMs = probeMs + boundMs + blindMs;
  const unseen = blindMs > 0 ? ` + nobody looked ${seconds(blindMs)}` : '';
  const doubt = `± ${seconds(uncertaintyMs)} (probe interval ${seconds(probeMs)} + clock bound ${seconds(boundMs)}${unseen})`;
  const difference = `${timeOfDay(span.to.at)} − ${timeOfDay(span.from.at)} = ${seconds(actualMs)}`;
  return { actualMs, uncertaintyMs, formula: `${span.name} = ${difference}, ${doubt}` };
}

function partsOf(facts: RunFacts, instants: Instants): Rto['parts'] {
  const { T0, T1, T2, T3, T4 } = instants;
  return {
    detectionMs: between(T0, T1),
    decisionMs: between(T1, T2),
    technicalMs: between(T3, T4),
    waitingMs: peopleWaitMs(facts, instants),
  };
}

/** A decision that came before what it usually follows cost no time. */
const between = (from: Instant | null, to: Instant | null) => (from && to ? Math.max(0, to.at - from.at) : null);
