// The one door to Azure Resource Manager. Reads are repeated within limits; a mutation is sent exactly once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenCredential } from '@azure/core-auth';
import type { Json, JsonObject } from '../../model/json.ts';
import { allowedUrl, type Target } from './allowed-url.ts';
import { type ArmAnswer, readAnswer, refusal } from './answer.ts';
import { ArmError, isArmError } from './arm-error.ts';
import { type ArmMethod, type Exchange, openTransport } from './transport.ts';

export interface Mutation extends Target {
  readonly method: Exclude<ArmMethod, 'GET'>;
  readonly body?: Json;
  /** Sent only if the resource still has this etag; null: only if there is none. Refused with 412 otherwise. */
  readonly ifEtag?: string | null;
  /** `x-ms-client-request-id`, given by the caller so that the same attempt always carries the same id. */
  readonly requestId: string;
}

/** Every method throws ArmError; no answer with an error status is ever returned. */
export interface ArmDoor {
  /** Where it leads: `https://management.azure.com`. */
  readonly endpoint: string;
  /** Reads, again after 408, 429, 5xx and broken connections, at most five times in all. */
  readonly get: (target: Target, signal: AbortSignal) => Promise<ArmAnswer>;
  /** All items of a paged list. */
  readonly list: (target: Target, signal: AbortSignal) => Promise<readonly JsonObject[]>;
  /**
   * Sends once. The error is `retryable` when the service refused before it took the request, `ambiguous` when nobody can tell,
   * and neither when the refusal is final.
   */
  readonly mutate: (mutation: Mutation, signal: AbortSignal) => Promise<ArmAnswer>;
}

export interface DoorLimits {
  readonly timeoutMs: number;
  readonly readAttemptsMax: number;
  /** Wait before the second read; each further wait is twice the one before. A `Retry-After` comes first. */
  readonly backoffMs: number;
  readonly waitMsMax: number;
  /** The longest wait after a refused mutation that is passed on: whoever sends it again waits for it. */
  readonly mutationWaitMsMax: number;
  readonly answerBytesMax: number;
  readonly pagesMax: number;
  readonly itemsMax: number;
}

export const DOOR_LIMITS: DoorLimits = {
  timeoutMs: 30_000,
  readAttemptsMax: 5,
  backoffMs: 500,
  waitMsMax: 60_000,
  mutationWaitMsMax: 3600_000,
  answerBytesMax: 8 * 1024 * 1024,
  pagesMax: 100,
  itemsMax: 10_000,
};

export interface DoorOptions {
  readonly endpoint: string;
  readonly credential: TokenCredential;
  readonly authorities?: readonly string[] | undefined;
  readonly proxied?: boolean;
  readonly limits?: Partial<DoorLimits>;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

/** Opens the door to one endpoint; requests to any other host are refused before a byte is sent. */
export function openDoor({
  endpoint,
  credential,
  authorities,
  proxied = false,
  limits: given,
  onExchange,
}: DoorOptions): ArmDoor {
  const limits = { ...DOOR_LIMITS, ...given };
  const send = openTransport({ credential, authorities, proxied, onExchange, ...limits });
  const url = (target: Target) => allowedUrl(endpoint, target);
  const read = async (target: Target, signal: AbortSignal): Promise<ArmAnswer> => {
    const answer = await send({ method: 'GET', url: url(target), signal });
    if (answer.status < 200 || answer.status > 299) throw refusal('GET', url(target), answer, limits.waitMsMax);
    return readAnswer('GET', url(target), answer);
  };
  const get = (target: Target, signal: AbortSignal) => repeat(() => read(target, signal), limits, signal);
  return {
    endpoint,
    get,
    list: (target, signal) => readPages((page) => get(page, signal), target, limits),
    mutate: async (mutation, signal) => {
      const { method, body, requestId, ifEtag } = mutation;
      const answer = await send({
        method,
        url: url(mutation),
        requestId,
        signal,
        ...(body === undefined ? {} : { body }),
        ...(ifEtag === undefined ? {} : { ifEtag }),
      });
      if (answer.status < 200 || answer.status > 299)
        throw refusal(method, url(mutation), answer, limits.mutationWaitMsMax);
      return readAnswer(method, url(mutation), answer);
    },
  };
}

async function repeat<T>(attempt: () => Promise<T>, limits: DoorLimits, signal: AbortSignal): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isArmError(error) || !error.retryable || attempts >= limits.readAttemptsMax) throw error;
      const backoffMs = Math.min(limits.backoffMs * 2 ** (attempts - 1), limits.waitMsMax);
      await pause(error.retryAfterMs ?? backoffMs, signal);
    }
  }
}

/** Waits, or throws ArmError `arm-aborted` as soon as the signal says so. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new ArmError('arm-aborted', 'a wait between two requests was aborted');
  }
}

async function readPages(
  get: (target: Target) => Promise<ArmAnswer>,
  first: Target,
  limits: DoorLimits,
): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  for (let target: Target | undefined = first; target !== undefined; ) {
    if (seen.size >= limits.pagesMax || items.length > limits.itemsMax || seen.has(target.path))
      throw new ArmError(
        'arm-answer-too-large',
        `expected at most ${limits.pagesMax} pages and ${limits.itemsMax} items, found more or a circle`,
      );
    seen.add(target.path);
    const page = readPage((await get(target)).body);
    items.push(...page.items);
    target = page.next === undefined ? undefined : { path: page.next };
  }
  return items;
}

function readPage(body: Json | undefined): {
  readonly items: readonly JsonObject[];
  readonly next: string | undefined;
} {
  const { value, nextLink } = (isObject(body) ? body : {}) as { value?: Json; nextLink?: Json };
  if (!Array.isArray(value) || !value.every(isObject))
    throw new ArmError('arm-answer-invalid', 'expected a page {"value":[…]}, found something else');
  return { items: value, next: typeof nextLink === 'string' && nextLink !== '' ? nextLink : undefined };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
