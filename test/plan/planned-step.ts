import type { Plan, PlannedStep } from '../../src/plan/plan.ts';

/** A planned step; what a test does not care about has a harmless value. */
export const plannedStep = (id: string, changes: Partial<PlannedStep> = {}): PlannedStep => ({
  id,
  phase: 'recovery',
  uses: 'test/none',
  kind: 'write',
  with: {},
  needs: [],
  timeoutMs: 1_000,
  retry: { attempts: 1, backoffMs: 0, maximumMs: 0 },
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  writes: [],
  forecastMs: 0,
  criticalMs: 0,
  ...changes,
});

/** The part of a plan that its steps make. */
export const planOf = (...steps: readonly PlannedStep[]): Pick<Plan, 'steps' | 'canaries' | 'scope'> => ({
  steps,
  canaries: [],
  scope: [],
});
