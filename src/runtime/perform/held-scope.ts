import { heldByOthers } from '../../plan/scope-lock.ts';
import type { Run } from '../run.ts';
import { errorDataOf } from './step-work.ts';

/** Two drills on the same resources, or one in the reach of the other's faults, would each see the other's disruption. One finding for each run in the way. */
export async function heldScope({ plan, otherRuns }: Run, gate: 0 | 1): Promise<readonly string[]> {
  try {
    return heldByOthers(plan, (await otherRuns?.()) ?? [], gate);
  } catch (error) {
    return [`nobody can tell what other runs hold: ${errorDataOf(error).message}`];
  }
}
