// What every piece of work on a step needs: its place in the queue, its input, and words for what went wrong.
import { type ErrorData, toErrorData } from '../../model/errors.ts';
import type { Check, EventBody } from '../../model/events.ts';
import { fillTemplates } from '../../model/expression.ts';
import type { Json } from '../../model/json.ts';
import { isWithin, sameResource } from '../../model/resource-id.ts';
import { createdBySteps } from '../../plan/created.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import { planContext } from '../../plan/plan-context.ts';
import type { StepStatus } from '../../statechart/kernel.ts';
import { actionOf, type Run } from '../run.ts';
import { RuntimeError } from '../runtime-error.ts';
import { aborted, pause } from '../wait.ts';

/** Runs work in the step's places of the queue. It never begins, or is told to stop, when the machine cancels the step. */
export async function inSlot(run: Run, step: PlannedStep, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  run.stops.set(step.id, stop);
  const { signal } = stop;
  const queued = { writes: [...step.writes, ...(step.creates ?? [])], priority: step.criticalMs, signal };
  try {
    await run.queue.run(queued, () => Promise.race([work(signal), graceAfter(run, signal)]));
  } catch (error) {
    if (!signal.aborted) throw error;
    run.log.debug('the work of a step was stopped', { step: step.id, error: toErrorData(error).message });
  } finally {
    if (run.stops.get(step.id) === stop) run.stops.delete(step.id);
  }
}

/** Work that was told to stop and does not listen must not hold its places for ever. */
async function graceAfter(run: Run, signal: AbortSignal): Promise<void> {
  await aborted(signal);
  await pause(run.limits.graceMs, run.over);
}

/** True while the machine has the step where this work belongs; work for a superseded attempt does nothing. */
export function stands(run: Run, step: PlannedStep, attempt: number, ...statuses: readonly StepStatus[]): boolean {
  const view = run.view();
  return view.attempt(step.id) === attempt && statuses.includes(view.status(step.id));
}

/** Fills and parses a step's input, and holds what it would write and reach to the drill's scope. Throws RuntimeError. */
export function inputOf(run: Run, step: PlannedStep): unknown {
  const action = actionOf(run, step);
  const parsed = action.input.safeParse(filled(run, step));
  if (!parsed.success)
    throw new RuntimeError(
      'input-invalid',
      `step ${step.id}: expected the input of ${step.uses}, found otherwise: ${parsed.error.message}`,
    );
  const made = action.creates?.(parsed.data) ?? [];
  const unplanned = made.find((id) => !(step.creates ?? []).some((planned) => sameResource(planned, id)));
  const touched = [...action.writes(parsed.data), ...(step.reach ?? [])];
  const allowed = [...run.plan.scope, ...createdBySteps(run.plan)];
  const outside = unplanned ?? touched.find((id) => !allowed.some((owner) => isWithin(id, owner)));
  if (outside !== undefined)
    throw new RuntimeError(
      'outside-scope',
      `step ${step.id}: expected it to touch the drill's scope only, found ${outside}`,
    );
  return parsed.data;
}

/** True when the input waits for outputs of steps before it. */
export const hasTemplates = (step: PlannedStep): boolean => JSON.stringify(step.with).includes('${{');

function filled(run: Run, step: PlannedStep): Json {
  if (!hasTemplates(step)) return step.with;
  try {
    return fillTemplates(step.with, planContext(run.plan, run.recall.outputs));
  } catch (cause) {
    throw new RuntimeError('input-invalid', `step ${step.id}: ${toErrorData(cause).message}`, { cause });
  }
}

/** What an action may hang on its errors. */
interface ActionFailure {
  readonly retryable?: unknown;
  readonly ambiguous?: unknown;
  readonly missing?: unknown;
  readonly retryAfterMs?: unknown;
  readonly check?: Check;
}

const MESSAGE_LENGTH_MAX = 2000;

export function errorDataOf(thrown: unknown): ErrorData {
  const { code, message } = toErrorData(thrown);
  return { code, message: message.slice(0, MESSAGE_LENGTH_MAX) };
}

export const isRetryable = (thrown: unknown): boolean => (thrown as ActionFailure | undefined)?.retryable === true;
/** What the step names does not exist. */
export const isMissing = (thrown: unknown): boolean => (thrown as ActionFailure | undefined)?.missing === true;
/** How long the service asks to wait before the next attempt, as events carry it. */
export function waitAskedFor(thrown: unknown): { readonly retryAfterMs?: number } {
  const asked = (thrown as ActionFailure | undefined)?.retryAfterMs;
  return typeof asked === 'number' && asked >= 0 ? { retryAfterMs: Math.ceil(asked) } : {};
}
export const isAmbiguous = (thrown: unknown): boolean => (thrown as ActionFailure | undefined)?.ambiguous === true;

/** The event of an attempt that definitely did not succeed. */
export function stepFailed(step: PlannedStep, attempt: number, thrown: unknown): EventBody {
  const check = (thrown as ActionFailure | undefined)?.check;
  const failure = {
    type: 'step.failed',
    step: step.id,
    attempt,
    error: errorDataOf(thrown),
    retryable: isRetryable(thrown),
    ...waitAskedFor(thrown),
  } as const;
  return check === undefined ? failure : { ...failure, check: { expected: check.expected, observed: check.observed } };
}

/** The event of a request that was sent and did not bring the hoped-for answer. */
export const stepUnanswered = (step: PlannedStep, attempt: number, thrown: unknown): EventBody =>
  isAmbiguous(thrown)
    ? { type: 'step.interrupted', step: step.id, attempt, error: errorDataOf(thrown) }
    : stepFailed(step, attempt, thrown);

/** Whatever an action returns, as JSON: what JSON cannot hold is left out, nothing at all becomes null. */
export const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value) ?? 'null') as Json;
