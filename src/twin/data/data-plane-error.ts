import { CodedError } from '../../model/errors.ts';

export type DataPlaneErrorCode =
  | 'postgres-missing'
  | 'postgres-failed'
  | 'not-running'
  | 'not-a-replica'
  | 'not-caught-up'
  | 'copy-failed'
  | 'no-backup'
  | 'unknown-server'
  | 'unknown-account'
  | 'unknown-disk'
  | 'unknown-machine'
  | 'unreachable'
  | 'name-taken'
  | 'nothing-to-corrupt'
  | 'timed-out';

/** What the processes below a twin could not do. */
export class DataPlaneError extends CodedError<DataPlaneErrorCode> {
  override readonly name = 'DataPlaneError';
}
