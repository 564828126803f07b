// What a person may take as it stands: left-overs and differences, by the names that the proof has for them.
import type { DrillEvent } from '../model/events.ts';
import { parseResourceId } from '../model/resource-id.ts';
import type { Plan } from '../plan/plan.ts';
import { proofOf } from './proof.ts';

/** Each once. A difference goes by the ARM id that it begins with; one without goes by no name, and nobody can take it as it stands. */
export function acceptableNames(plan: Plan, events: readonly DrillEvent[]): readonly string[] {
  const { leftOvers, differences } = proofOf(plan, events);
  const named = differences
    .map((text) => text.split(': ', 1)[0] ?? '')
    .filter((id) => parseResourceId(id) !== undefined);
  return [...new Set([...leftOvers, ...named])];
}
