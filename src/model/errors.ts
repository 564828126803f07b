/** An error that callers tell apart by `code`, never by its text. Each folder narrows `Code` to its own union. */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** What the user did wrong: a message for people, exit status 2. */
export type UsageCode = 'usage' | 'not-found' | 'refused' | 'missing-part';
export class UsageError extends CodedError<UsageCode> {
  override readonly name = 'UsageError';
}

/** An error as journal data. `message` is for people; secrets must have been removed before it is built. */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
}

/** Turns anything thrown into data for the journal. */
export function toErrorData(thrown: unknown): ErrorData {
  if (!(thrown instanceof Error)) return { code: 'Unknown', message: String(thrown) };
  const { code } = thrown as { code?: unknown };
  return { code: typeof code === 'string' && code !== '' ? code : thrown.name, message: thrown.message };
}
