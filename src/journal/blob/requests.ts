// How a request to the store ends: with an answer, with a refusal, or without a word, and then nobody knows whether it was done.
import { setTimeout as wait } from 'node:timers/promises';
import { CodedError } from '../../model/errors.ts';
import { JournalError } from '../journal-error.ts';

const REQUEST_MS_MAX = 30_000;
/** A store that cannot be asked for longer ends the run's process; the run can be resumed. */
const PATIENCE_MS_MAX = 120_000;
/** While nothing has begun, a person waits for the answer. */
export const FIRST_PATIENCE_MS_MAX = 10_000;
const BACKOFF_MS_MIN = 200;
const BACKOFF_MS_MAX = 5000;

/** What the service said; undefined: it said nothing, or nothing definite. */
export function refusalOf(thrown: unknown): { readonly status: number; readonly code: string } | undefined {
  const { statusCode, code } = thrown as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode !== 'number' || statusCode < 400) return undefined;
  // Throttled, timed out or broken: it may have been done or not, and may be asked again.
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500) return undefined;
  return { status: statusCode, code: typeof code === 'string' ? code : '' };
}

export const isMissing = (thrown: unknown): boolean => refusalOf(thrown)?.status === 404;
/** A condition of ours did not hold. */
export const isConflict = (thrown: unknown): boolean => [409, 412].includes(refusalOf(thrown)?.status ?? 0);

/** One request, bounded. */
export const asked = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  work(AbortSignal.timeout(REQUEST_MS_MAX));

/** Tries until the service has answered or refused: for what may be asked twice. Throws JournalError `unreachable`, and a refusal as it came. */
export async function askAgain<T>(
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  patienceMs = PATIENCE_MS_MAX,
): Promise<T> {
  const endsAt = performance.now() + patienceMs;
  for (let backoffMs = BACKOFF_MS_MIN; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MS_MAX)) {
    try {
      return await asked(work);
    } catch (error) {
      if (error instanceof CodedError || refusalOf(error) !== undefined) throw error;
      if (isOwnFault(error) || performance.now() + backoffMs > endsAt) throw unreachable(what, error);
      await wait(backoffMs);
    }
  }
}

/** The same, with refusals as JournalError `unreachable`. */
export const readAgain = <T>(
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  patienceMs = PATIENCE_MS_MAX,
): Promise<T> =>
  askAgain(what, work, patienceMs).catch((error: unknown) => {
    throw unreachable(what, error);
  });

const SIGN_IN = /^(CredentialUnavailable|(Aggregate)?Authentication)/;

/** Nobody is signed in: no use asking again. */
const isOwnFault = (error: unknown): boolean =>
  error instanceof TypeError || SIGN_IN.test((error as Error)?.name ?? '');

export function unreachable(what: string, cause: unknown): Error {
  if (cause instanceof JournalError) return cause;
  const refusal = refusalOf(cause);
  const { code, name } = cause as { code?: string; name?: string };
  const silence = SIGN_IN.test(name ?? '') ? 'that nobody is signed in' : `none (${code ?? name})`;
  const found = refusal === undefined ? silence : `${refusal.status} ${refusal.code}`.trim();
  return new JournalError('unreachable', `journal: expected an answer about ${what}, found ${found}`, { cause });
}
