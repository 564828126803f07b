import { CodedError } from '../model/errors.ts';

export type EvidenceCode =
  | 'key-unsafe'
  | 'key-invalid'
  | 'package-exists'
  | 'package-invalid'
  | 'secret-found'
  | 'envelope-invalid'
  | 'signature-invalid'
  | 'file-unreadable';

/** What makes evidence impossible to write or to read. */
export class EvidenceError extends CodedError<EvidenceCode> {
  override readonly name = 'EvidenceError';
}
