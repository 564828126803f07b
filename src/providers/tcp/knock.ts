import { connect, isIP } from 'node:net';
import type { Address } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';

export interface Knocked {
  readonly answer: 'accepted' | 'refused' | 'silent';
  readonly tookMs: number;
  /** Why it was refused: `ECONNREFUSED`, `EHOSTUNREACH`. Empty otherwise. */
  readonly reason: string;
}

/** Of a name with several addresses each one gets its share of the time, and at least so much. */
const ADDRESSES = 4;
const ADDRESS_MS_MIN = 250;

/** Failures that say something about the way to the other side. Any other one is this machine's own, or the name's. */
const REFUSALS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

/** Opens one connection and closes it. Throws ProviderError `tcp-failed` when nothing can be told, and `aborted`. */
export function knock({ host, port }: Address, timeoutMs: number, signal: AbortSignal): Promise<Knocked> {
  if (signal.aborted) return Promise.reject(stopped(host));
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = connect({
      host,
      port,
      autoSelectFamilyAttemptTimeout: Math.max(ADDRESS_MS_MIN, Math.ceil(timeoutMs / ADDRESSES)),
    });
    // A name that is not resolved in time says nothing about the way there.
    let isResolved = isIP(host) !== 0;
    socket.on('lookup', (error: Error | null) => {
      isResolved ||= error === null;
    });
    const settle = (then: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      then();
    };
    const answer = (kind: Knocked['answer'], reason = '') =>
      settle(() => resolve({ answer: kind, tookMs: performance.now() - startedAt, reason }));
    const abort = () => settle(() => reject(stopped(host)));
    const untold = (reason: string) =>
      settle(() =>
        reject(new ProviderError('tcp-failed', `${host}:${port} could not be tried: ${reason}`, { retryable: true })),
      );
    const late = () => (isResolved ? answer('silent') : untold('its name was not resolved in time'));
    const timer = setTimeout(late, Math.max(timeoutMs, 1));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => answer('accepted'));
    // Every error after the first one is about a socket that nobody needs any more.
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (code === 'ETIMEDOUT') answer('silent');
      else if (REFUSALS.has(code)) answer('refused', code);
      else untold(code);
    });
  });
}

const stopped = (host: string) => new ProviderError('aborted', `a connection to ${host} was aborted`);
