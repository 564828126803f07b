import type { Json } from '../model/json.ts';
import type { Plan } from './plan.ts';

/**
 * What `${{ }}` reads at run time: the names that the plan was filled with, and `steps.ID.output` of the steps that have succeeded.
 * For `fillTemplates(step.with, planContext(plan, outputs))`.
 */
export function planContext(plan: Plan, outputs: Iterable<readonly [step: string, output: Json]> = []) {
  return {
    resources: plan.resources,
    drill: plan.drill,
    environment: { ...plan.environment, values: plan.values },
    steps: Object.fromEntries([...outputs].map(([step, output]) => [step, { output }])),
  };
}
