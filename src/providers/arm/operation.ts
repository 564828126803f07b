// Long-running operations as Azure really answers them: Azure-AsyncOperation, Location, both, or neither. Pure.
import * as z from 'zod';
import type { Target } from './allowed-url.ts';
import type { ArmAnswer } from './answer.ts';
import { ArmError } from './arm-error.ts';
import { retryAfterMs } from './retry-after.ts';
import { parseServiceError, type ServiceError } from './service-error.ts';

const target = z.object({ path: z.string(), apiVersion: z.string().optional() });
const handleSchema = z.object({
  formatVersion: z.literal(1),
  asyncOperation: z.string().optional(),
  location: z.string().optional(),
  resource: target,
});

/** Where an accepted operation can be watched. Its URLs are signed: the text of it is a secret. */
export interface OperationHandle {
  readonly formatVersion: 1;
  readonly asyncOperation?: string | undefined;
  readonly location?: string | undefined;
  /** What the operation changes: read at the end, and watched when the service gave no URL. */
  readonly resource: Target;
}

/** The handle of an accepted mutation; undefined when its answer was final. */
export function openHandle(answer: ArmAnswer, resource: Target): OperationHandle | undefined {
  const asyncOperation = answer.headers['azure-asyncoperation'];
  // On 201 a Location names the created resource; only on 202 is it a place to poll.
  const location = answer.status === 202 ? answer.headers['location'] : undefined;
  const watchable = answer.status === 202 || asyncOperation !== undefined || isRunning(resourceWord(answer.body));
  return watchable ? { formatVersion: 1, asyncOperation, location, resource } : undefined;
}

/** The handle of an operation of which only the resource is known. */
export const resourceHandle = (resource: Target): OperationHandle => ({ formatVersion: 1, resource });

export const encodeHandle = (handle: OperationHandle): string => JSON.stringify(handle);

/** Throws ArmError `arm-answer-invalid` when the text is no handle; it is not quoted, because handles are secrets. */
export function decodeHandle(text: string): OperationHandle {
  try {
    const { apiVersion, path } = handleSchema.parse(JSON.parse(text)).resource;
    return {
      ...handleSchema.parse(JSON.parse(text)),
      resource: apiVersion === undefined ? { path } : { path, apiVersion },
    };
  } catch {
    throw new ArmError('arm-answer-invalid', 'expected the handle of an operation, found another text', {
      ambiguous: true,
    });
  }
}

/** What to read next. */
export const pollTarget = ({ asyncOperation, location, resource }: OperationHandle): Target =>
  asyncOperation !== undefined ? { path: asyncOperation } : location !== undefined ? { path: location } : resource;

export type Poll =
  | { readonly kind: 'again'; readonly handle: OperationHandle; readonly afterMs: number }
  | { readonly kind: 'settled' }
  | { readonly kind: 'failed'; readonly word: string; readonly error: ServiceError | undefined };

/** A service that does not say how long to wait gets two seconds, as the Azure SDKs do; no service may ask for more than a minute. */
const POLL_DEFAULT_MS = 2000;
const POLL_MAX_MS = 60_000;
const POLL_MIN_MS = 100;

/** What an answer to `pollTarget` means. */
export function nextPoll(handle: OperationHandle, answer: ArmAnswer): Poll {
  const word = wordOf(handle, answer);
  if (word === undefined ? answer.status === 202 : isRunning(word))
    return { kind: 'again', handle: moved(handle, answer), afterMs: pollAfterMs(answer) };
  if (word === undefined || isSuccess(word)) return { kind: 'settled' };
  return { kind: 'failed', word, error: parseServiceError(answer.body) ?? parseServiceError(properties(answer.body)) };
}

/** The handle after its poll URL was forgotten by the service: the next best place, or undefined when only the resource was left. */
export function withoutPollUrl(handle: OperationHandle): OperationHandle | undefined {
  const { asyncOperation, location, resource } = handle;
  if (asyncOperation !== undefined) return { formatVersion: 1, location, resource };
  return location === undefined ? undefined : resourceHandle(resource);
}

/** The wait that an answer asks for, within limits. A zero counts as silence: it would poll without a pause. */
function pollAfterMs({ headers }: ArmAnswer): number {
  const asked = retryAfterMs(headers, POLL_MAX_MS);
  return asked === undefined || asked === 0 ? POLL_DEFAULT_MS : Math.max(asked, POLL_MIN_MS);
}

/** Services may move an operation to another URL while it runs. */
function moved(handle: OperationHandle, { status, headers }: ArmAnswer): OperationHandle {
  if (handle.asyncOperation !== undefined)
    return { ...handle, asyncOperation: headers['azure-asyncoperation'] ?? handle.asyncOperation };
  if (handle.location !== undefined && status === 202)
    return { ...handle, location: headers['location'] ?? handle.location };
  return handle;
}

function wordOf({ asyncOperation, location }: OperationHandle, { body }: ArmAnswer): string | undefined {
  if (asyncOperation !== undefined || location !== undefined)
    return textAt(body, 'status') ?? (asyncOperation ? resourceWord(body) : undefined);
  return resourceWord(body);
}

/** `provisioningState` is the contract; PostgreSQL flexible servers say `state` instead. */
const resourceWord = (body: unknown): string | undefined =>
  textAt(properties(body), 'provisioningState') ?? textAt(properties(body), 'state');

const properties = (body: unknown): unknown => (body as { properties?: unknown } | null | undefined)?.properties;

function textAt(value: unknown, name: string): string | undefined {
  const member = (value as Record<string, unknown> | null | undefined)?.[name];
  return typeof member === 'string' && member !== '' ? member : undefined;
}

const RUNNING = /^(inprogress|notstarted|accepted|enqueued|dequeued|queued|started|[a-z]+ing)$/i;
const SUCCESS = /^(succeeded|ready|available|online|complete)$/i;

/** Canceled, TimedOut, PartiallySucceeded and every other word that is neither of these is the end, and not a good one. */
const isRunning = (word: string | undefined): boolean => word !== undefined && RUNNING.test(word);
const isSuccess = (word: string): boolean => SUCCESS.test(word);
