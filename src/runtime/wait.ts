import { RuntimeError } from './runtime-error.ts';

/** The longest wait of one `setTimeout`; Node fires a longer one at once. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** Resolves true after `ms`, false as soon as the signal is aborted. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(passed);
    };
    const stop = () => end(false);
    const timer = setTimeout(() => end(true), Math.min(ms, TIMER_MS_MAX));
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Resolves when the signal is aborted, or at once when it was. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export interface Bounds {
  readonly ms: number;
  readonly signal: AbortSignal;
  /** Names the work in the error: "reading probe shop". */
  readonly what: string;
}

/**
 * Runs work with a signal of its own and stops waiting when its time is up or `signal` is aborted, even when the work does not listen.
 * Throws RuntimeError `timed-out` or `cancelled`, else what the work throws.
 */
export async function bounded<T>({ ms, signal, what }: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const stop = (error: RuntimeError) => {
    stopped.reject(error);
    own.abort(error);
  };
  const cancel = () => stop(new RuntimeError('cancelled', `${what} was cancelled`, { cause: signal.reason }));
  const late = () =>
    stop(new RuntimeError('timed-out', `${what}: expected an answer within ${ms} ms, found none`, { retryable: true }));
  const timer = setTimeout(late, Math.min(ms, TIMER_MS_MAX));
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (signal.aborted) cancel();
    // Started in an async function, so that work which throws at once is a rejection like any other.
    return await Promise.race([stopped.promise, (async () => work(own.signal))()]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

export interface Attempts extends Bounds {
  /** Tries in all, at least 1. */
  readonly attempts: number;
  readonly backoffMs: number;
}

/** `bounded`, again after a failure, whatever it was: for work that only reads or may be repeated. Throws the last error. */
export async function repeated<T>(limits: Attempts, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await bounded(limits, work);
    } catch (error) {
      if (attempt >= limits.attempts || !(await pause(limits.backoffMs, limits.signal))) throw error;
    }
  }
}
