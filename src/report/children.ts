// Child drills as result and reports list them: from the parent's own events, which hold their ends and the digests of their evidence.
import type { DrillResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { eventsOf } from './event-log.ts';
import type { RunFacts } from './run-facts.ts';

export type ChildResult = NonNullable<DrillResult['children']>[number];

/**
 * Each child run once, in the order of their first ends; undefined for a drill that runs none. The same end may be on record twice after a
 * crash, and a child that was restored has another one: the last one of a run counts.
 */
export function childResults({ plan, events }: Pick<RunFacts, 'plan' | 'events'>): ChildResult[] | undefined {
  if (!runsChildren(plan)) return undefined;
  const ended = eventsOf(events, 'child.ended').map(
    ({ drill, run, outcome, digest }) => [run, { drill, run, outcome, digest }] as const,
  );
  return [...new Map(ended).values()];
}

export const runsChildren = ({ steps }: Pick<Plan, 'steps'>): boolean => steps.some(({ child }) => child !== undefined);

/** One line for people. */
export const childText = ({ drill, run, outcome, digest }: ChildResult): string =>
  `${outcome.padEnd(12)}  ${drill}, run ${run}${digest === null ? ', no evidence that verifies' : `, evidence ${digest.slice(0, 12)}…`}`;
