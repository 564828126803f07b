import { CodedError } from '../model/errors.ts';

/** `impossible-event`: the event cannot happen where the run stands; `unknown-step`: it names a step that the plan does not have. */
export type StatechartErrorCode = 'impossible-event' | 'unknown-step';

export class StatechartError extends CodedError<StatechartErrorCode> {
  override readonly name = 'StatechartError';
}
