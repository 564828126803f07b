import type { Plan } from './plan.ts';

/** Full ARM ids of everything that the steps of a plan make. None of it stands before the drill, and none after it. */
export const createdBySteps = ({ steps }: Pick<Plan, 'steps'>): readonly string[] =>
  steps.flatMap(({ creates = [] }) => creates);
