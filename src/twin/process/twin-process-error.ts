import { CodedError } from '../../model/errors.ts';

export type TwinProcessErrorCode =
  | 'registry-invalid'
  | 'process-missing'
  | 'not-killed'
  | 'no-user'
  | 'watchdog-failed';

/** What went wrong with the processes of a twin themselves, whatever they run. */
export class TwinProcessError extends CodedError<TwinProcessErrorCode> {
  override readonly name = 'TwinProcessError';
}
