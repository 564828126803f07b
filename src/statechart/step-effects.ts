// From the names of a step's actions to effects. Deadlines count from the event that caused them; see decision 2.
import type { PlannedStep, Retry } from '../plan/plan.ts';
import type { Effect } from './kernel.ts';
import type { StepContext, StepEvent } from './step-context.ts';

const timeoutTimer = (step: string, attempt: number): string => `timeout:${step}:${attempt}`;
const retryTimer = (step: string, attempt: number): string => `retry:${step}:${attempt}`;

/** The wait before the next attempt: doubles with each, up to the step's maximum. */
export const backoffMs = ({ backoffMs: first, maximumMs }: Retry, attempt: number): number =>
  Math.min(maximumMs, first * 2 ** (attempt - 1));

/** The back-off, or what the service asked for where that is longer. */
const waitMs = (retry: Retry, attempt: number, event: StepEvent): number =>
  Math.max(backoffMs(retry, attempt), (event.type === 'failed' && event.retryAfterMs) || 0);

/** The effect of a named action; undefined for actions that change the context alone. */
export function stepEffect(
  action: string,
  step: PlannedStep,
  { attempt, undoAttempt }: StepContext,
  { at, event }: { readonly at: number; readonly event: StepEvent },
): Effect | undefined {
  switch (action) {
    case 'send':
      return { type: 'send', step: step.id, attempt };
    case 'observe':
      return { type: 'observe-step', step: step.id, attempt };
    case 'inspect':
      return { type: 'inspect', step: step.id, attempt };
    case 'cancel':
      return { type: 'cancel', step: step.id };
    case 'undo':
      return { type: 'undo', step: step.id, attempt: undoAttempt };
    case 'startTimeout':
      return { type: 'timer', timer: timeoutTimer(step.id, attempt), deadline: at + step.timeoutMs };
    case 'cancelTimeout':
      // A next attempt may have begun in the same transition; its own time-out has not.
      return { type: 'cancel-timer', timer: timeoutTimer(step.id, attempt) };
    case 'startBackoff':
      return { type: 'timer', timer: retryTimer(step.id, attempt), deadline: at + waitMs(step.retry, attempt, event) };
    case 'cancelBackoff':
      return { type: 'cancel-timer', timer: retryTimer(step.id, attempt) };
    default:
      return undefined;
  }
}
