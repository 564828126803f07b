// From a request to its answer: who asks, how often, which version, which fault, which handler.

import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { invalidContent, Refusal, type Reply } from './arm-reply.ts';
import type { Corruptions } from './corruption/corruptions.ts';
import type { FaultRules } from './fault-rules.ts';
import type { ActivityLog } from './governance/activity-log.ts';
import type { Locks } from './governance/locks.ts';
import type { WireAnswer, WireRequest } from './https-listener.ts';
import { answerSignIn } from './identity/sign-in.ts';
import { ARM_AUDIENCES, type Identity } from './identity/tokens.ts';
import { type RateLimits, throttledReply } from './rate-limits.ts';
import { checkApiVersion, type FoundRoute, findRoute, type Route } from './route.ts';

export interface Desk {
  readonly routes: readonly Route[];
  readonly rules: FaultRules;
  readonly corruptions: Corruptions;
  readonly limits: RateLimits;
  readonly subscription: string;
  /** Who may ask: it gives tokens and knows them again. */
  readonly identity: Identity;
  readonly endpoint: () => string;
  readonly locks: Locks;
  readonly activity: ActivityLog;
  readonly signal: AbortSignal;
}

/** Throws Refusal for everything that ARM refuses. */
export async function answerRequest(desk: Desk, request: WireRequest): Promise<WireAnswer> {
  const { method, url } = request;
  const signedIn = answerSignIn(desk.identity, desk.endpoint(), request);
  if (signedIn !== undefined) return { reply: signedIn, lost: false };
  checkToken(desk.identity, request.headers['authorization']);
  const found = findRoute(desk.routes, method, url.pathname);
  // The twin's own paths are its operator's: neither limits nor faults stand between them and the twin.
  if (found.route.apiVersions.length === 0)
    return { reply: await handle(desk, found, request, randomUUID()), lost: false };
  const { headers, refused } = desk.limits.admit(method, performance.now());
  if (refused !== undefined) return { reply: withHeaders(refused, headers), lost: false };
  const throttled = desk.rules.take('throttle', method, url.pathname);
  if (throttled !== undefined)
    return { reply: withHeaders(throttledReply(throttled.retryAfterSeconds), headers), lost: false };
  checkSubscription(desk.subscription, found.names['subscription']);
  const reply = await orRefusal(
    () => desk.corruptions.shown(method, url.pathname, () => recorded(desk, found, request)),
    headers,
  );
  return {
    reply: withHeaders(reply, headers),
    lost: desk.rules.take('lost-reply', method, url.pathname) !== undefined,
  };
}

/** A mutation meets the locks first, and stands in the activity log whatever becomes of it. */
async function recorded(desk: Desk, found: FoundRoute, request: WireRequest): Promise<Reply> {
  const { method, url, headers } = request;
  const id = randomUUID();
  if (method === 'GET' || method === 'HEAD') return handle(desk, found, request, id);
  const correlationId = headers['x-ms-correlation-request-id'] ?? id;
  const tell = (status: number, code?: string) =>
    desk.activity.add({
      ...{ id, at: Date.now(), method, path: url.pathname, status, code, correlationId },
      clientRequestId: headers['x-ms-client-request-id'],
    });
  try {
    desk.locks.check(method, url.pathname);
    const reply = await handle(desk, found, request, id);
    tell(reply.status);
    return withHeaders(reply, { 'x-ms-request-id': id, 'x-ms-correlation-request-id': correlationId });
  } catch (thrown) {
    if (thrown instanceof Refusal) tell(thrown.status, thrown.code);
    throw thrown;
  }
}

async function handle(
  { signal }: Desk,
  { route, names }: FoundRoute,
  { method, url, text, headers }: WireRequest,
  requestId: string,
): Promise<Reply> {
  const apiVersion = checkApiVersion(route, url.searchParams.get('api-version'));
  return route.handle({
    method,
    path: url.pathname,
    names,
    query: url.searchParams,
    apiVersion,
    body: parseBody(text),
    requestId,
    headers,
    signal,
  });
}

/** Refusals keep the headers that tell how many requests are left. */
async function orRefusal(work: () => Promise<Reply>, headers: Reply['headers']): Promise<Reply> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    throw new Refusal(thrown.status, thrown.code, thrown.message, { ...headers, ...thrown.headers });
  }
}

const withHeaders = (reply: Reply, headers: Reply['headers']): Reply => ({
  ...reply,
  headers: { ...headers, ...reply.headers },
});

const CHALLENGE = {
  'www-authenticate': 'Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token"',
};

function checkToken(identity: Identity, authorization: string | undefined): void {
  if (authorization === undefined)
    throw new Refusal(
      401,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
      CHALLENGE,
    );
  const found = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
  const verdict = identity.check(found, ARM_AUDIENCES);
  if (verdict.kind === 'expired')
    throw new Refusal(
      401,
      'ExpiredAuthenticationToken',
      `The access token expiry UTC time '${new Date(verdict.at).toISOString()}' is earlier than current UTC time.`,
      CHALLENGE,
    );
  if (verdict.kind === 'other-audience')
    throw new Refusal(
      401,
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource '${verdict.audience}'. It should exactly match one of the allowed audiences: ${ARM_AUDIENCES.join(', ')}.`,
      CHALLENGE,
    );
  if (verdict.kind === 'invalid')
    throw new Refusal(401, 'InvalidAuthenticationToken', 'The access token is invalid.', CHALLENGE);
}

function checkSubscription(expected: string, found: string | undefined): void {
  if (found !== undefined && found.toLowerCase() !== expected.toLowerCase())
    throw new Refusal(404, 'SubscriptionNotFound', `The subscription '${found}' could not be found.`);
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw invalidContent(
      'The request content was invalid and could not be deserialized: expected JSON, found something else.',
    );
  }
}
