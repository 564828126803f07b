// Token buckets as Azure Resource Manager documents them for one subscription and principal.
import { errorBody, type Reply } from './arm-reply.ts';

interface Limit {
  readonly name: 'reads' | 'writes' | 'deletes';
  readonly size: number;
  readonly perSecond: number;
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
const READS: Limit = { name: 'reads', size: 250, perSecond: 25 };
const WRITES: Limit = { name: 'writes', size: 200, perSecond: 10 };
const DELETES: Limit = { name: 'deletes', size: 200, perSecond: 10 };
/** All principals together. */
const GLOBAL_FACTOR = 15;

export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  /** The 429 when nothing was left. */
  readonly refused?: Reply;
}

/** Counts requests; `now` is monotonic milliseconds. */
export class RateLimits {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  admit(method: string, now: number): Admission {
    const limit = limitOf(method);
    const bucket = this.#buckets.get(limit.name) ?? { tokens: limit.size, at: now };
    const tokens = Math.min(limit.size, bucket.tokens + ((now - bucket.at) / 1000) * limit.perSecond);
    const admitted = tokens >= 1;
    this.#buckets.set(limit.name, { tokens: admitted ? tokens - 1 : tokens, at: now });
    const left = Math.floor(admitted ? tokens - 1 : tokens);
    const headers = {
      [`x-ms-ratelimit-remaining-subscription-${limit.name}`]: String(left),
      [`x-ms-ratelimit-remaining-subscription-global-${limit.name}`]: String(limit.size * (GLOBAL_FACTOR - 1) + left),
    };
    return admitted ? { headers } : { headers, refused: throttledReply(1) };
  }
}

/** The 429 of Azure Resource Manager. `retryAfterSeconds` is whole. */
export const throttledReply = (retryAfterSeconds: number): Reply => ({
  status: 429,
  headers: { 'retry-after': String(retryAfterSeconds), 'x-ms-failure-cause': 'gateway' },
  body: errorBody(
    'SubscriptionRequestsThrottled',
    `Number of requests for the subscription exceeded the limit. Please try again after '${retryAfterSeconds}' seconds.`,
  ),
});

const limitOf = (method: string): Limit =>
  method === 'GET' || method === 'HEAD' ? READS : method === 'DELETE' ? DELETES : WRITES;
