// What the drill made and what still stands, with who made it and who took it as it is.
import { isWithin } from '../model/resource-id.ts';
import type { DrillResult } from '../model/result.ts';
import { acceptedBy, settledProofOf } from './acceptance.ts';
import { differenceOf } from './difference.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf } from './step-log.ts';

type LeftOver = DrillResult['leftOvers'][number];
type Difference = DrillResult['differences'][number];

export function leftOverRows(facts: RunFacts): readonly LeftOver[] {
  const { leftOvers, acceptances } = settledProofOf(facts.plan, facts.events);
  return leftOvers.map((resource) => ({
    resource,
    createdBy: makerOf(facts, resource),
    ...acceptedBy(acceptances, resource),
  }));
}

export function differenceRows({ plan, events }: RunFacts): readonly Difference[] {
  const { differences, acceptances } = settledProofOf(plan, events);
  return differences.map((text) => ({ ...differenceOf(text), ...acceptedBy(acceptances, text) }));
}

/** The step that was sent and makes it, or the one canary that it can be of. Null: nobody can tell. */
export function makerOf({ plan, steps }: RunFacts, item: string): string | null {
  const maker = plan.steps.find(
    ({ id, creates = [] }) => recordOf(steps, id).sent && creates.some((made) => isWithin(item, made)),
  );
  if (maker !== undefined) return maker.id;
  if (OF_OTHERS.test(item)) return null;
  const named = plan.canaries.filter(({ id }) => item.includes(` canary ${id} failed: `));
  const text = item.toLowerCase();
  const writing = plan.canaries.filter(({ writes = [] }) => writes.some((id) => text.includes(id.toLowerCase())));
  const candidates = named.length > 0 ? named : writing;
  return candidates.length === 1 ? (candidates[0]?.id ?? null) : null;
}

/** How a canary tells what another run left: see src/providers/postgres/canary-table.ts. */
const OF_OTHERS = /\b(?:of another run|further runs)\b/;
