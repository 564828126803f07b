// How the checks were seen red before the drill, for people and for the verdict.
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent, ProvedCheck } from '../model/events.ts';
import { unprovedChecks, whyUnproved } from '../model/proved-checks.ts';
import type { Plan } from '../plan/plan.ts';
import { firstOf } from './event-log.ts';

/** What keeps a run that was to be proved first from being a proof. */
export const unprovedReasons = (plan: Plan, events: readonly DrillEvent[]): readonly string[] =>
  unprovedChecks({ plan, opened: firstOf(events, 'run.opened'), proof: proofIn(events) });

/** The first one, from before the preflight: what came later kept nothing from beginning. */
function proofIn(events: readonly DrillEvent[]) {
  const begun = events.findIndex(({ type }) => type === 'preflight.finished');
  return firstOf(begun === -1 ? events : events.slice(0, begun), 'checks.proved');
}

/** A line for each check; none where no proof was asked for. */
export function provedLines(events: readonly DrillEvent[]): readonly string[] {
  const proof = proofIn(events);
  if (proof === undefined) return [];
  const { checks, tookMs } = proof;
  if (checks.length === 0) return ['The drill has no check of its own.'];
  const red = checks.filter((check) => whyUnproved(check) === undefined).length;
  const head = `${red} of ${checks.length} checks were seen red before the drill, on a twin of their own, in ${formatDuration(tookMs)}.`;
  return [head, ...checks.map(lineOf)];
}

function lineOf(check: ProvedCheck): string {
  const { step, claims } = check;
  const problem = whyUnproved(check);
  if (problem !== undefined) return `${step}: not proved: ${problem}`;
  const plants = claims.flatMap((claim) => claim.plants);
  const found = plants.filter(({ red }) => red).map(({ planted }) => planted);
  const missed = plants.filter(({ red }) => !red).map(({ planted }) => planted);
  return `${step}: red on ${found.join(', ')}${missed.length > 0 ? `; green on ${missed.join(', ')}` : ''}`;
}
