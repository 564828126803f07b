// From a request to its answer: who asks, how often, which version, which fault, which handler.
import { createHash, timingSafeEqual } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { invalidContent, Refusal, type Reply } from './arm-reply.ts';
import type { FaultRules } from './fault-rules.ts';
import type { WireAnswer, WireRequest } from './https-listener.ts';
import { type RateLimits, throttledReply } from './rate-limits.ts';
import { checkApiVersion, type FoundRoute, findRoute, type Route } from './route.ts';

export interface Desk {
  readonly routes: readonly Route[];
  readonly rules: FaultRules;
  readonly limits: RateLimits;
  readonly subscription: string;
  /** The bearer token of this world. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Throws Refusal for everything that ARM refuses. */
export async function answerRequest(desk: Desk, request: WireRequest): Promise<WireAnswer> {
  const { method, url } = request;
  checkToken(desk.token, request.headers['authorization']);
  const found = findRoute(desk.routes, method, url.pathname);
  // The twin's own paths are its operator's: neither limits nor faults stand between them and the twin.
  if (found.route.apiVersions.length === 0) return { reply: await handle(desk, found, request), lost: false };
  const { headers, refused } = desk.limits.admit(method, performance.now());
  if (refused !== undefined) return { reply: withHeaders(refused, headers), lost: false };
  const throttled = desk.rules.take('throttle', method, url.pathname);
  if (throttled !== undefined)
    return { reply: withHeaders(throttledReply(throttled.retryAfterSeconds), headers), lost: false };
  checkSubscription(desk.subscription, found.names['subscription']);
  const reply = await orRefusal(() => handle(desk, found, request), headers);
  return {
    reply: withHeaders(reply, headers),
    lost: desk.rules.take('lost-reply', method, url.pathname) !== undefined,
  };
}

async function handle(
  { signal }: Desk,
  { route, names }: FoundRoute,
  { method, url, headers, text }: WireRequest,
): Promise<Reply> {
  const apiVersion = checkApiVersion(route, url.searchParams.get('api-version'));
  return route.handle({
    method,
    path: url.pathname,
    names,
    query: url.searchParams,
    apiVersion,
    ifMatch: headers['if-match'],
    body: parseBody(text),
    clientRequestId: headers['x-ms-client-request-id'],
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

function checkToken(token: string, authorization: string | undefined): void {
  if (authorization === undefined)
    throw new Refusal(
      401,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
      CHALLENGE,
    );
  const found = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
  if (!timingSafeEqual(digest(found), digest(token)))
    throw new Refusal(401, 'InvalidAuthenticationToken', 'The access token is invalid.', CHALLENGE);
}

const digest = (text: string) => createHash('sha256').update(text).digest();

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
