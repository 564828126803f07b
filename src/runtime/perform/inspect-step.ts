// A step was sent and nobody knows what became of it: look at the world, never send again on a guess.
import type { Inspection } from '../../model/action.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import { actionOf, contextOf, type Run } from '../run.ts';
import { pause, repeated } from '../wait.ts';
import { submitInspected } from './send-step.ts';
import { errorDataOf, inputOf } from './step-work.ts';

/** Looks outside the queue: the step's own places may still be held by work that does not listen. */
export async function inspectStep(run: Run, step: PlannedStep, attempt: number): Promise<void> {
  if (step.page !== undefined)
    return submitInspected(run, step, attempt, { finding: 'running', detail: 'people are asked' });
  const found = await settledInspection(run, step, attempt);
  if (found !== undefined) await submitInspected(run, step, attempt, found);
}

/**
 * A request may arrive after the look that missed it: "not started" counts once that is no longer possible. Whatever was sent had left when
 * the looking began. Undefined: the run is over.
 */
async function settledInspection(run: Run, step: PlannedStep, attempt: number): Promise<Inspection | undefined> {
  const isSent = run.recall.attemptedAt(step.id, attempt) !== undefined;
  const settledAt = isSent ? run.clock.now() + run.limits.requestSettleMs : 0;
  for (;;) {
    const isSettled = run.clock.now() >= settledAt;
    const found = await inspection(run, step, attempt);
    if (found.finding !== 'not-started' || isSettled || step.kind === 'check') return found;
    if (!(await pause(run.limits.settlePollMs, run.over))) return undefined;
  }
}

/** A look that fails again and again means that nobody can tell. */
async function inspection(run: Run, step: PlannedStep, attempt: number): Promise<Inspection> {
  const { inspectMs: ms, inspectAttempts: attempts, inspectBackoffMs: backoffMs } = run.limits;
  const limits = { ms, attempts, backoffMs, signal: run.over, what: `looking at step ${step.id}` };
  try {
    const input = inputOf(run, step);
    return await repeated(limits, (signal) =>
      actionOf(run, step).inspect(input, contextOf(run, step.id, { attempt, kind: 'inspect', signal })),
    );
  } catch (error) {
    return { finding: 'unknown', detail: `nobody can tell: ${errorDataOf(error).message}` };
  }
}
