import type { PlannedStep } from '../../plan/plan.ts';
import { actionOf, contextOf, type Run } from '../run.ts';
import { askPage } from './ask-page.ts';
import { inputOf, inSlot, stands, stepFailed, stepUnanswered, toJson } from './step-work.ts';

/** Goes on observing what an earlier process, or an earlier look, found accepted or running. */
export const observeStep = (run: Run, step: PlannedStep, attempt: number): Promise<void> =>
  inSlot(run, step, async (signal) => {
    if (!stands(run, step, attempt, 'observing')) return;
    if (step.page !== undefined) return askPage(run, step, attempt, signal);
    let input: unknown;
    try {
      input = inputOf(run, step);
    } catch (error) {
      await run.submit(stepFailed(step, attempt, error));
      return;
    }
    const handle = await run.journal.handle(step.id, attempt);
    // The machine may have asked for something else while the handle was looked up.
    if (stands(run, step, attempt, 'observing')) await submitObserved(run, step, attempt, { input, handle, signal });
  });

export interface Observing {
  readonly input: unknown;
  /** Undefined: the resource itself is watched. */
  readonly handle: string | undefined;
  readonly signal: AbortSignal;
}

/** Waits for the accepted operation and journals how it ended. */
export async function submitObserved(
  run: Run,
  step: PlannedStep,
  attempt: number,
  { input, handle, signal }: Observing,
): Promise<void> {
  try {
    const output = await actionOf(run, step).observe(
      input,
      handle,
      contextOf(run, step.id, { attempt, kind: 'observe', signal }),
    );
    await run.submit({ type: 'step.succeeded', step: step.id, attempt, output: toJson(output) });
  } catch (error) {
    if (!signal.aborted) await run.submit(stepUnanswered(step, attempt, error));
  }
}
