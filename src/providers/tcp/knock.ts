import { connect } from 'node:net';
import type { Address } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';

export interface Knocked {
  readonly answer: 'accepted' | 'refused' | 'silent';
  readonly tookMs: number;
  /** Why it was refused: `ECONNREFUSED`, `EHOSTUNREACH`. Empty otherwise. */
  readonly reason: string;
}

/** Failures that say something about the way to the other side. Any other one is this machine's own, or the name's. */
const REFUSALS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

/** Opens one connection and closes it. Throws ProviderError `tcp-failed` when nothing can be told, and `aborted`. */
export function knock({ host, port }: Address, timeoutMs: number, signal: AbortSignal): Promise<Knocked> {
  if (signal.aborted) return Promise.reject(stopped(host));
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = connect({ host, port });
    const settle = (then: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      then();
    };
    const answer = (kind: Knocked['answer'], reason = '') =>
      settle(() => resolve({ answer: kind, tookMs: performance.now() - startedAt, reason }));
    const abort = () => settle(() => reject(stopped(host)));
    const timer = setTimeout(() => answer('silent'), Math.max(timeoutMs, 1));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => answer('accepted'));
    // Every error after the first one is about a socket that nobody needs any more.
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (code === 'ETIMEDOUT') answer('silent');
      else if (REFUSALS.has(code)) answer('refused', code);
      else
        settle(() =>
          reject(new ProviderError('tcp-failed', `${host}:${port} could not be tried: ${code}`, { retryable: true })),
        );
    });
  });
}

const stopped = (host: string) => new ProviderError('aborted', `a connection to ${host} was aborted`);
