// A service that was stable and failed again while its recovery was still being verified: it had not recovered for good.
import { eventsOf } from './event-log.ts';
import { timeOfDay } from './formula.ts';
import { readingsOf } from './probe-readings.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf } from './step-log.ts';

export interface Relapse {
  readonly probe: string;
  /** True when the last look before verification ended found the service healthy. */
  readonly cameBack: boolean;
  /** One sentence for people. */
  readonly what: string;
}

/** Probes that failed after their stable window had begun. What happens during restoration is not looked at: it may interrupt a service. */
export function relapsesOf(facts: RunFacts): readonly Relapse[] {
  const end = verificationEnd(facts);
  return facts.plan.probes.flatMap(({ id }) => {
    const stable = eventsOf(facts.events, 'probe.stable').find(({ probe }) => probe === id);
    if (stable === undefined) return [];
    const after = readingsOf(facts.events, id).filter(({ sentAt }) => sentAt >= stable.since && sentAt <= end);
    const failing = after.find(({ healthy }) => !healthy);
    if (failing === undefined) return [];
    const cameBack = after.at(-1)?.healthy === true;
    const then = cameBack ? 'it came back before verification ended' : 'it had not come back when verification ended';
    const why = `(${timeOfDay(failing.sentAt)}): ${failing.detail ?? 'not healthy'}`;
    return [{ probe: id, cameBack, what: `probe ${id} failed again after it had recovered ${why}; ${then}` }];
  });
}

/** Epoch ms of the last answer that verification waited for, or of when people who held it let it end; 0 when there was neither. */
export function verificationEnd({ plan, events, steps, leftVerificationAt }: RunFacts): number {
  const checks = plan.steps
    .filter(({ phase }) => phase === 'verification')
    .map(({ id }) => recordOf(steps, id).endedAt);
  const gates = [
    ...eventsOf(events, 'probe.stable'),
    ...eventsOf(events, 'canary.survivors'),
    ...eventsOf(events, 'canary.unreadable'),
  ];
  return Math.max(0, leftVerificationAt ?? 0, ...checks.map((at) => at ?? 0), ...gates.map(({ at }) => at));
}
