// What one step's machine knows and hears.
import type { Finding } from '../model/events.ts';
import type { PlannedStep } from '../plan/plan.ts';

/** What the guards need to know, and where the step stands in its attempts. */
export interface StepContext {
  readonly kind: PlannedStep['kind'];
  /** It makes resources, and is taken back whatever became of it once its request may have left. */
  readonly creates: boolean;
  /** The end of the disruption takes it back. */
  readonly endable: boolean;
  readonly attempts: number;
  /** Attempts that the plan gives it. */
  readonly budget: number;
  readonly attempt: number;
  readonly undoAttempt: number;
  /** It was being taken back: when it is stuck, it is stuck in that. */
  readonly undoBegun: boolean;
  /** Attempts to take it back that were used up when the run was taken up again. */
  readonly undoSpent: number;
  /** The run was taken up again and looks at what became of it: it is not sent again for that. */
  readonly reviewed: boolean;
  /** An intent of this run is on record: what stands may be its work, and is its to take back. */
  readonly sent: boolean;
  /** The service took a request of this run: it may have had an effect, even if it failed in the end. */
  readonly taken: boolean;
  /** A time-out has passed: what still runs is not waited for any longer. */
  readonly timedOut: boolean;
  /** A page: people are asked, and nothing is sent that would have to settle. */
  readonly asks: boolean;
  /** It was ready when it was given up: another send is another attempt. */
  readonly tried: boolean;
  /** A person skips it: it is not sent, and what needs it goes on. */
  readonly passedOver: boolean;
  /** Nobody can tell whether its last request took effect. */
  readonly unknown: boolean;
}

/** What happens to a step. `attempt` names the attempt that it belongs to; another one is late or superseded and changes nothing. */
export type StepEvent =
  | { readonly type: 'ready' | 'skip' | 'abort' | 'undo' }
  /** A person skips the step, or has it tried again; `revive`: what it was skipped for is mended. */
  | { readonly type: 'pass-over' | 'try-again' | 'revive' }
  /** The closed run is taken up again: `review` looks at what nobody could tell of, `renew` gives a failed step its attempts anew. */
  | { readonly type: 'review' | 'renew' }
  | {
      readonly type: 'started' | 'accepted' | 'succeeded' | 'interrupted' | 'timed-out' | 'retry-due';
      readonly attempt: number;
    }
  /** `retryAfterMs`: how long the service asked to wait before the next attempt. */
  | {
      readonly type: 'failed';
      readonly attempt: number;
      readonly retryable: boolean;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly type: 'inspected'; readonly attempt: number; readonly finding: Finding }
  | { readonly type: 'undo-succeeded'; readonly attempt: number }
  | { readonly type: 'undo-failed'; readonly attempt: number; readonly retryable: boolean };

/** Every transition calls this once more without a step; it has to stay cheap then. */
export const firstContext = (input: PlannedStep | undefined): StepContext => ({
  kind: input?.kind ?? 'write',
  creates: input?.creates !== undefined,
  endable: input?.phase === 'disruption' && input.undo === 'reversible',
  attempts: input?.retry.attempts ?? 1,
  budget: input?.retry.attempts ?? 1,
  attempt: 1,
  undoAttempt: 1,
  undoBegun: false,
  undoSpent: 0,
  reviewed: false,
  sent: false,
  taken: false,
  timedOut: false,
  asks: input?.page !== undefined,
  tried: false,
  passedOver: false,
  unknown: false,
});
