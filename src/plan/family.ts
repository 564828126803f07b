// A plan and the plans of its child drills, all the way down.
import type { ListedChild } from '../model/child.ts';
import { criticalPath } from './critical-path.ts';
import { footprints } from './footprint.ts';
import type { Plan, PlannedChild, PlannedStep } from './plan.ts';

/** A step that runs a child drill. */
export type ParentStep = PlannedStep & { readonly child: PlannedChild };

/** Steps that run child drills, in plan order. */
export const parentSteps = ({ steps }: Pick<Plan, 'steps'>): readonly ParentStep[] =>
  steps.filter((step): step is ParentStep => step.child !== undefined);

/** The plan itself, then each child and what stands below it, in plan order. */
export const familyOf = (plan: Plan): readonly Plan[] => [
  plan,
  ...parentSteps(plan).flatMap(({ child }) => familyOf(child.plan)),
];

/** The steps of a plan and of its child drills. */
export const stepsOfFamily = ({ steps }: Pick<Plan, 'steps'>): readonly PlannedStep[] =>
  steps.flatMap((step) => [step, ...(step.child === undefined ? [] : stepsOfFamily(step.child.plan))]);

/** What a parent's checks must know of a child. */
export const listedChild = (plan: Plan): ListedChild<Plan> => ({
  plan,
  mode: plan.mode,
  forecastMs: forecastOf(plan),
  touches: footprints(plan).map(({ environment, resource }) => `${environment} ${resource}`),
});

/** Forecast of a whole run in milliseconds, without the time that people take. */
export const forecastOf = (plan: Plan): number => plan.baselineMs + criticalPath(plan).forecastMs;
