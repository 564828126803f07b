import type { Json } from '../../model/json.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import { backoffMs } from '../../statechart/step-effects.ts';
import { requestId } from '../request-id.ts';
import { actionOf, contextOf, type Run } from '../run.ts';
import { RuntimeError } from '../runtime-error.ts';
import { bounded, pause } from '../wait.ts';
import { errorDataOf, inputOf, inSlot, isAmbiguous, isRetryable, toJson, waitAskedFor } from './step-work.ts';

/** Takes a step back. The action's `takeBack` is idempotent, so it may be asked again after a crash, a time-out or a lost answer. */
export const undoStep = (run: Run, step: PlannedStep, attempt: number): Promise<void> =>
  inSlot(run, step, async (signal) => {
    if (attempt > 1 && !(await pause(waitMs(run, step, attempt), signal))) return;
    const id = requestId(run.journal.run, step.id, attempt, 'undo');
    await run.submit({ type: 'undo.started', step: step.id, attempt, requestId: id });
    if (run.view().status(step.id) !== 'undoing') return;
    let output: Json;
    try {
      await untilSettled(run, step, signal);
      output = await takeBack(run, step, attempt, signal);
    } catch (error) {
      if (!run.over.aborted) await submitFailed(run, step, attempt, error);
      return;
    }
    await run.submit({ type: 'undo.succeeded', step: step.id, attempt, output });
  });

/** The back-off since the last attempt, or what the service asked for where that is longer. A run that is taken up again has waited already. */
function waitMs({ recall, clock }: Run, { id, retry }: PlannedStep, attempt: number): number {
  const { at, dueAt } = recall.undoFailed(id) ?? { at: clock.now(), dueAt: 0 };
  return Math.max(0, at + backoffMs(retry, attempt - 1) - clock.now(), dueAt - clock.now());
}

/**
 * A request to create of which nothing was heard may still arrive: what it makes could not be found by a look before that, and would be left
 * behind.
 */
async function untilSettled(run: Run, step: PlannedStep, signal: AbortSignal): Promise<void> {
  const since = run.recall.unansweredSince(step.id);
  if (step.creates === undefined || since === undefined) return;
  const settledAt = since + run.limits.requestSettleMs;
  await pause(Math.max(0, settledAt - run.clock.now()), signal);
}

async function takeBack(run: Run, step: PlannedStep, attempt: number, signal: AbortSignal): Promise<Json> {
  const input = inputOf(run, step);
  const work = actionOf(run, step).takeBack;
  if (work === undefined)
    throw new RuntimeError('part-missing', `expected ${step.uses} to say how it is taken back, found nothing`);
  const before = run.recall.before.get(step.id) ?? null;
  const limits = { ms: step.timeoutMs, signal, what: `taking step ${step.id} back` };
  return toJson(
    await bounded(limits, (own) =>
      work(input, before, contextOf(run, step.id, { attempt, kind: 'undo', signal: own })),
    ),
  );
}

async function submitFailed(run: Run, step: PlannedStep, attempt: number, error: unknown): Promise<void> {
  const retryable = isRetryable(error) || isAmbiguous(error);
  await run.submit({
    type: 'undo.failed',
    step: step.id,
    attempt,
    error: errorDataOf(error),
    retryable,
    ...waitAskedFor(error),
  });
}
