import { CodedError } from '../model/errors.ts';

/**
 * `twin-failed`: it did not come up or did not go down. `twin-unreachable`: it does not answer. `twin-refused`: it answered with an
 * error. `twin-file-invalid`: a file in its folder is not what it should be.
 */
export type TwinErrorCode = 'twin-failed' | 'twin-unreachable' | 'twin-refused' | 'twin-file-invalid';

export class TwinError extends CodedError<TwinErrorCode> {
  override readonly name = 'TwinError';
}
