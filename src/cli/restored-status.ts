// How `restore` ends for scripts.
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { isProved, settledProofOf } from '../report/acceptance.ts';
import { NOT_PASSED, PASSED } from './exit-status.ts';

interface Finished {
  readonly plan: Plan;
  readonly events: readonly DrillEvent[];
  readonly result: Pick<DrillResult, 'outcome'>;
}

/** 0 when nothing is left, or nothing but what people accepted: restoring once more would find the same. */
export function restoredStatus({ plan, events, result }: Finished): number {
  return result.outcome !== 'stuck' && isProved(settledProofOf(plan, events)) ? PASSED : NOT_PASSED;
}
