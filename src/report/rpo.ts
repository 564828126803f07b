// How much data a system lost, and what stands against the objective.
import { formatInstant } from '../model/clock.ts';
import type { SystemResult, Verdict } from '../model/result.ts';
import type { PlannedCanary } from '../plan/plan.ts';
import { countUnrecorded, survivorsOf, writesOf } from './canary-log.ts';
import { type CanaryLoss, measureLoss, wasWriting } from './canary-loss.ts';
import { clockStepsWithin, whyStepped } from './clock-steps.ts';
import { clockBoundMs, type Disruption, type EndOfService, findEndOfService } from './disruption.ts';
import { count, seconds, timeOfDay } from './formula.ts';
import { recoveryEnd } from './missing-records.ts';
import type { RunFacts } from './run-facts.ts';
import { judge, NO_OBJECTIVE } from './verdict.ts';

type Rpo = SystemResult['rpo'];

/** The worst of the system's canaries, with the counts of all of them. One canary that cannot be measured leaves the system unmeasured. */
export function measureRpo(facts: RunFacts, system: string, disruption: Disruption | undefined): Rpo {
  const objectiveMs = facts.plan.objectives.find((objective) => objective.system === system)?.rpoMs ?? null;
  const canaries = facts.plan.canaries.filter((canary) => canary.system === system);
  const end = findEndOfService(facts, disruption);
  if (end.kind === 'unknown') return unmeasured(objectiveMs, end.reason);
  if (canaries.length === 0) return unmeasured(objectiveMs, 'no canary writes to this system');
  const measures = canaries.map((canary) => measureCanary(facts, canary, end, objectiveMs));
  const missing = measures.filter((measure) => measure.kind === 'unmeasured');
  if (missing.length > 0)
    return unmeasured(objectiveMs, missing.map(({ reason }) => reason).join('; '), lostAfterT0Of(missing));
  const losses = measures.filter((measure) => measure.kind === 'measured');
  const worst = losses.toSorted(worstFirst)[0];
  return worst ? toRpo(worst, losses, objectiveMs) : unmeasured(objectiveMs, 'no canary was measured');
}

interface MeasuredCanary {
  readonly kind: 'measured';
  readonly canary: string;
  readonly loss: CanaryLoss;
  readonly verdict: Verdict;
  readonly formula: string;
}
interface UnmeasuredCanary {
  readonly kind: 'unmeasured';
  readonly reason: string;
  /** Null: nobody could look. */
  readonly lostAfterT0: number | null;
}
type CanaryMeasure = MeasuredCanary | UnmeasuredCanary;

/** Known only when every canary that left the system unmeasured was read back, or when some such write was found all the same. */
function lostAfterT0Of(missing: readonly UnmeasuredCanary[]): number | null {
  const total = missing.reduce((sum, { lostAfterT0 }) => sum + (lostAfterT0 ?? 0), 0);
  return total === 0 && missing.some(({ lostAfterT0 }) => lostAfterT0 === null) ? null : total;
}

function measureCanary(
  facts: RunFacts,
  canary: PlannedCanary,
  { at, name }: Extract<EndOfService, { kind: 'known' }>,
  objectiveMs: number | null,
): CanaryMeasure {
  const writes = writesOf(facts.events, canary.id);
  const survivors = survivorsOf(facts.events, canary.id);
  const unknown = (reason: string, lostAfterT0: number | null): UnmeasuredCanary => ({
    kind: 'unmeasured',
    reason,
    lostAfterT0,
  });
  if (survivors.kind === 'unreadable') return unknown(`canary ${canary.id} ${survivors.reason}`, null);
  const over = recoveryEnd(facts);
  if (survivors.seq < over.seq) return unknown(whyStale(canary.id, survivors.at, over.at), null);
  const unrecorded = countUnrecorded(facts.events, writes, { has: survivors.has, before: at.latest });
  if (unrecorded > 0) return unknown(whyUnrecorded(canary.id, unrecorded), null);
  const loss = measureLoss({ writes, has: survivors.has, disruption: at, everyMs: canary.everyMs });
  if (loss.lostAfterT0 > 0) return unknown(whyServedOn(canary.id, loss.lostAfterT0, name), loss.lostAfterT0);
  if (!wasWriting(writes, at, canary.everyMs))
    return unknown(`no write of canary ${canary.id} was acknowledged within two intervals before Ts`, 0);
  const lostFrom = (loss.firstLost?.acknowledgedAt ?? at.earliest) - loss.intervalMs;
  const stepped = whyStepped(clockStepsWithin(facts, lostFrom, at.latest));
  if (stepped !== undefined) return unknown(stepped, 0);
  const verdict = judge(loss, objectiveMs);
  return { kind: 'measured', canary: canary.id, loss, verdict, formula: formulaOf(canary.id, loss, { at, name }) };
}

const whyStale = (canary: string, at: number, over: number) =>
  `canary ${canary} was read back at ${timeOfDay(at)}, before recovery was over (${timeOfDay(over)})`;

const whyUnrecorded = (canary: string, writes: number) =>
  `${count(writes)} ${writes === 1 ? 'write' : 'writes'} of canary ${canary} before Ts ${writes === 1 ? 'is' : 'are'} not on record, and absent`;

const whyServedOn = (canary: string, lost: number, name: string) =>
  `the original went on acknowledging writes after ${name}: ${count(lost)} of canary ${canary} ${lost === 1 ? 'was' : 'were'} ` +
  `acknowledged after it and ${lost === 1 ? 'is' : 'are'} absent, so ${name} is not the moment of loss`;

const VERDICTS_WORST_FIRST: readonly Verdict[] = ['missed', 'inconclusive', 'met', 'not-measured'];

const worstFirst = (a: MeasuredCanary, b: MeasuredCanary) =>
  VERDICTS_WORST_FIRST.indexOf(a.verdict) - VERDICTS_WORST_FIRST.indexOf(b.verdict) ||
  b.loss.actualMs - a.loss.actualMs ||
  b.loss.uncertaintyMs - a.loss.uncertaintyMs;

function formulaOf(
  canary: string,
  loss: CanaryLoss,
  { at, name }: Pick<Extract<EndOfService, { kind: 'known' }>, 'at' | 'name'>,
): string {
  const Ts = `Ts = ${name} = ${timeOfDay(at.effectiveAt)}${at.simulated ? ' (simulated)' : ''}`;
  const bound = seconds(clockBoundMs(at));
  const late = loss.lateMs > 0 ? ` + answers read late ${seconds(loss.lateMs)}` : '';
  const doubt = `± ${seconds(loss.uncertaintyMs)} (canary interval ${seconds(loss.intervalMs)} + clock bound ${bound}${late})`;
  const { firstLost } = loss;
  if (firstLost?.acknowledgedAt == null)
    return `Ts − p = 0: every acknowledged write of ${canary} is present, so p = Ts; ${Ts}, ${doubt}`;
  const p = `p = acknowledgement of the first lost write (${canary} ${firstLost.sequence}) = ${timeOfDay(firstLost.acknowledgedAt)}`;
  return `Ts − p = ${seconds(loss.actualMs)}, ${doubt}; ${Ts}; ${p}`;
}

function toRpo(worst: MeasuredCanary, losses: readonly MeasuredCanary[], objectiveMs: number | null): Rpo {
  const sum = (of: (loss: CanaryLoss) => number) => losses.reduce((total, { loss }) => total + of(loss), 0);
  const newest = worst.loss.newestSurvivor;
  return {
    objectiveMs,
    actualMs: worst.loss.actualMs,
    uncertaintyMs: worst.loss.uncertaintyMs,
    verdict: worst.verdict,
    ...(objectiveMs === null && { reason: NO_OBJECTIVE }),
    formula: worst.formula,
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    lostAfterT0: sum(({ lostAfterT0 }) => lostAfterT0),
    inDoubt: sum(({ inDoubt }) => inDoubt),
    holes: sum(({ holes }) => holes),
    newestSurvivor:
      newest?.acknowledgedAt == null
        ? null
        : { canary: worst.canary, sequence: newest.sequence, acknowledgedAt: formatInstant(newest.acknowledgedAt) },
  };
}

const unmeasured = (objectiveMs: number | null, reason: string, lostAfterT0: number | null = null): Rpo => ({
  objectiveMs,
  actualMs: null,
  uncertaintyMs: null,
  verdict: 'not-measured',
  reason,
  formula: 'Ts − p',
  acknowledged: null,
  lost: null,
  lostAfterT0,
  inDoubt: null,
  holes: null,
  newestSurvivor: null,
});
