import { CodedError } from '../model/errors.ts';

export type RuntimeErrorCode =
  /** Work took longer than it may. */
  | 'timed-out'
  /** Work was ended because the step, the phase or the run is over. */
  | 'cancelled'
  /** A step would have written to something that is not in the drill's scope. */
  | 'outside-scope'
  /** A step's input cannot be filled or does not fit its action. */
  | 'input-invalid'
  /** The plan names an action, probe or canary that the catalogue does not have. */
  | 'part-missing'
  /** The machine or the journal does not take this event here. */
  | 'event-refused'
  /** The loop takes no events any more. */
  | 'stopped'
  /** The journal holds no run that could be gone on with. */
  | 'nothing-to-resume';

/** The error of the runtime. `retryable`: a new attempt of the step is safe, because nothing was sent. */
export class RuntimeError extends CodedError<RuntimeErrorCode> {
  override readonly name = 'RuntimeError';
  readonly retryable: boolean;

  constructor(
    code: RuntimeErrorCode,
    message: string,
    facts: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(code, message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.retryable = facts.retryable ?? false;
  }
}
