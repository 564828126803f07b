// The plan of the rehearsal in which checks are proved: the drill's own, with time for planting, and nobody to ask. Pure.
import type { Plan } from '../../plan/plan.ts';

/** A check is tried with one corruption after the other, and waits for the others' turns. */
const CHECK_TIMEOUT_MS = 60 * 60_000;
/** Two twins on one machine: a service that could not be asked is asked again. What a check judged false is not. */
const CHECK_ATTEMPTS = 3;

/** What is planted may trip a guardrail or a probe: neither judges anything here. */
export const rehearsalPlan = (plan: Plan): Plan => ({
  ...plan,
  declaration: { automatic: true, roles: [] },
  guardrails: [],
  stabilityTimeoutMs: CHECK_TIMEOUT_MS,
  steps: plan.steps.map((step) => {
    if (step.kind !== 'check') return step;
    const attempts = Math.max(step.retry.attempts, CHECK_ATTEMPTS);
    return { ...step, timeoutMs: CHECK_TIMEOUT_MS, retry: { ...step.retry, attempts } };
  }),
});

/** Steps that judge, in the order of the plan. What people answer is their own judgement and no check. */
export const checksOf = (plan: Plan): Plan['steps'] =>
  plan.steps.filter(({ kind, page }) => kind === 'check' && page === undefined);
