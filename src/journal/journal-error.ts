import { CodedError } from '../model/errors.ts';

export type JournalErrorCode =
  /** Another writer took the run over, or was faster with a sequence number. */
  | 'fenced'
  | 'not-found'
  /** The run has ended. */
  | 'closed'
  /** The run has not ended yet. */
  | 'not-closed'
  /** The run's writer lives. */
  | 'busy'
  /** A run of this name exists. */
  | 'exists'
  /** A line does not continue the line before it. */
  | 'broken-chain'
  /** A line is no event in canonical form. */
  | 'line-invalid'
  /** An event that was to be appended is none. */
  | 'event-invalid'
  /** The file was written in a format that this program does not know. */
  | 'format-version'
  /** The file is no journal, or the disk refuses. */
  | 'unreadable'
  /** The disk takes nothing more. */
  | 'full'
  /** The disk was full; the reserve was given back, nothing was appended, and the next try may succeed. */
  | 'relieved'
  /** Another process holds the file's lock for too long. */
  | 'locked'
  /** A store far away cannot be asked, or refuses. */
  | 'unreachable'
  /** The address of a store is none, or holds a secret. */
  | 'address-invalid';

/** The error of every journal store. `seq` names the event, where there is one to name. */
export class JournalError extends CodedError<JournalErrorCode> {
  override readonly name = 'JournalError';
  readonly seq: number | undefined;

  constructor(
    code: JournalErrorCode,
    message: string,
    facts: { readonly seq?: number; readonly cause?: unknown } = {},
  ) {
    super(code, message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.seq = facts.seq;
  }
}
