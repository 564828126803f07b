// A lease that is renewed, and that says when it is lost: at the latest when the time that was granted has passed without an answer.
import type { BlobLeaseClient } from '@azure/storage-blob';
import { JournalError } from '../journal-error.ts';
import { asked, isConflict, isMissing } from './requests.ts';

/** A holder asks for more time three times before it runs out. */
const RENEWALS = 3;

export interface LeaseTerms {
  readonly run: string;
  readonly seconds: number;
  /** Monotonic: when the lease was asked for. */
  readonly leasedAt: number;
}

export interface KeptLease {
  /** Aborted with JournalError `fenced`. */
  readonly lost: AbortSignal;
  /** Asks for more time now. Throws what the client throws. */
  readonly renew: (signal: AbortSignal) => Promise<void>;
  /** Nothing is renewed or lost any more. */
  readonly stop: () => void;
}

/** Renews a lease until it is stopped or lost. */
export function keepLease(lease: Pick<BlobLeaseClient, 'renewLease'>, terms: LeaseTerms): KeptLease {
  const { run, seconds, leasedAt } = terms;
  const lost = new AbortController();
  let end: NodeJS.Timeout | undefined;
  const stop = () => {
    clearInterval(timer);
    clearTimeout(end);
  };
  const lose = (error: JournalError) => {
    stop();
    lost.abort(error);
  };
  let isStopped = false;
  let grantedAt = leasedAt;
  // The service counts from a moment after the request was sent: here the time is over first.
  const granted = (at: number) => {
    if (isStopped || lost.signal.aborted) return;
    grantedAt = Math.max(grantedAt, at);
    clearTimeout(end);
    end = setTimeout(() => lose(silent(run, seconds)), grantedAt + seconds * 1000 - performance.now());
    end.unref();
  };
  const renew = async (abortSignal: AbortSignal) => {
    const askedAt = performance.now();
    try {
      await lease.renewLease({ abortSignal });
    } catch (error) {
      if (!isStopped && (isConflict(error) || isMissing(error))) lose(fenced(run, error));
      throw error;
    }
    granted(askedAt);
  };
  const timer = setInterval(() => void asked(renew).catch(() => undefined), (seconds * 1000) / (RENEWALS + 1));
  // A process that has nothing else to do is not kept alive by a lease.
  timer.unref();
  granted(leasedAt);
  return {
    lost: lost.signal,
    renew,
    stop: () => {
      isStopped = true;
      stop();
    },
  };
}

export const fenced = (run: string, cause?: unknown) =>
  new JournalError('fenced', `${run} is in the hands of another writer`, { cause });

const silent = (run: string, seconds: number) =>
  new JournalError(
    'fenced',
    `${run}: expected the journal to renew the lease within ${seconds} s, found no answer: another process may have the run`,
  );

/** Does work until it is done or the lease is lost: what is still on its way then is not waited for. */
export function unlessLost<T>(lost: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (lost.aborted) return Promise.reject(lost.reason);
  return new Promise((resolve, reject) => {
    const stop = () => reject(lost.reason);
    lost.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => lost.removeEventListener('abort', stop));
  });
}
