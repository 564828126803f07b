import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DOOR_LIMITS, openDoor } from '../../src/providers/arm/door.ts';
import { LIMITS } from '../../src/runtime/limits.ts';
import { buildWorld, ENDPOINT, REQUEST_ID, rejection, TOKEN } from './world-builder.ts';

const PATH = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Test/things/one';
const target = { path: PATH, apiVersion: '2024-01-01' };
const mutation = { ...target, method: 'POST', body: { force: true }, requestId: REQUEST_ID } as const;
const signal = () => AbortSignal.timeout(20_000);
const arm = (wish: Parameters<typeof buildWorld>[0] = {}) => buildWorld(wish).arm;
const api = () => nock(ENDPOINT).defaultReplyHeaders({ 'content-type': 'application/json' });

/** Counts requests, and answers every one of them in the same way. */
function always(method: 'get' | 'post', reply: (request: Request) => [number, nock.ReplyBody?, nock.ReplyHeaders?]) {
  const seen: Request[] = [];
  const answer = (request: unknown) => {
    seen.push(request as Request);
    return reply(request as Request);
  };
  api()
    .persist()
    [method](/.*/)
    .reply(answer as never);
  return seen;
}

it('gives a request up in half the time after which a look may say that it never arrived', () => {
  expect(LIMITS.requestSettleMs).toBeGreaterThanOrEqual(2 * DOOR_LIMITS.timeoutMs);
});

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('a read through the door', () => {
  it('carries the api-version, a bearer token and a request id', async () => {
    const seen = always('get', () => [200, { name: 'one' }]);
    const answer = await arm().get(target, signal());
    expect(answer.body).toEqual({ name: 'one' });
    expect(new URL(seen[0]?.url ?? '').search).toBe('?api-version=2024-01-01');
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(seen[0]?.headers.get('x-ms-client-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([408, 429, 500, 502, 503, 504])('is repeated after %i, until it is answered', async (status) => {
    api()
      .get(/.*/)
      .twice()
      .reply(status, { error: { code: 'Busy', message: 'later' } });
    api().get(/.*/).reply(200, { name: 'one' });
    expect((await arm().get(target, signal())).body).toEqual({ name: 'one' });
    expect(nock.isDone()).toBe(true);
  });

  it.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN'])('is repeated after %s', async (code) => {
    api()
      .get(/.*/)
      .replyWithError(Object.assign(new Error('broken'), { code }));
    api().get(/.*/).reply(200, {});
    await arm().get(target, signal());
    expect(nock.isDone()).toBe(true);
  });

  it('is given up after five attempts, with the last reason', async () => {
    const seen = always('get', () => [503, { error: { code: 'ServerBusy', message: 'no' } }]);
    const error = await rejection(arm().get(target, signal()));
    expect(error).toMatchObject({
      name: 'ArmError',
      code: 'arm-unavailable',
      status: 503,
      serviceCode: 'ServerBusy',
      ambiguous: false,
    });
    expect(seen).toHaveLength(5);
  });

  it.each([400, 401, 403, 404, 405, 409, 501])('is not repeated after %i', async (status) => {
    const seen = always('get', () => [status, { error: { code: 'Final', message: 'no' } }]);
    expect(await rejection(arm().get(target, signal()))).toMatchObject({
      status,
      retryable: false,
      serviceCode: 'Final',
    });
    expect(seen).toHaveLength(1);
  });

  it('waits as long as Retry-After says, and not much longer', async () => {
    api().get(/.*/).reply(429, {}, { 'retry-after': '1' });
    api().get(/.*/).reply(200, {});
    const startedAt = performance.now();
    await arm().get(target, signal());
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(950);
    expect(took).toBeLessThan(3000);
  });

  it('does not sleep through an abort, however long Retry-After is', async () => {
    always('get', () => [429, {}, { 'retry-after': '1800' }]);
    const startedAt = performance.now();
    const error = await rejection(arm().get(target, AbortSignal.timeout(100)));
    expect(error).toMatchObject({ code: 'arm-aborted', ambiguous: false });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('is bounded in size', async () => {
    always('get', () => [200, JSON.stringify({ text: 'x'.repeat(5000) })]);
    const error = await rejection(arm({ limits: { answerBytesMax: 1000 } }).get(target, signal()));
    expect(error).toMatchObject({ code: 'arm-answer-too-large' });
    expect(error.message).toContain('1000 bytes');
  });

  it.each(['<html>gateway</html>', '{"open', 'undefined'])('refuses the body %s', async (body) => {
    always('get', () => [200, body]);
    expect(await rejection(arm().get(target, signal()))).toMatchObject({ code: 'arm-answer-invalid', status: 200 });
  });

  it('follows no redirect', async () => {
    const elsewhere = nock('https://elsewhere.example').get(/.*/).reply(200, {});
    always('get', () => [302, '', { location: 'https://elsewhere.example/stolen' }]);
    expect(await rejection(arm().get(target, signal()))).toMatchObject({ code: 'arm-answer-invalid', status: 302 });
    expect(elsewhere.isDone()).toBe(false);
  });
});

describe('a mutation through the door', () => {
  it('is sent once, with the request id of its caller and its body', async () => {
    const seen = always('post', () => [202, '', { location: `${ENDPOINT}/poll?t=1` }]);
    const answer = await arm().mutate(mutation, signal());
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`${ENDPOINT}/poll?t=1`);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.headers.get('x-ms-client-request-id')).toBe(REQUEST_ID);
    expect(await seen[0]?.json()).toEqual({ force: true });
  });

  it.each([
    // status, body, code, retryable, ambiguous
    [429, { error: { code: 'SubscriptionRequestsThrottled', message: 'slow' } }, 'arm-throttled', true, false],
    [429, '', 'arm-throttled', true, false],
    [503, { error: { code: 'ServerBusy', message: 'busy' } }, 'arm-unavailable', true, false],
    [503, 'bare gateway', 'arm-unavailable', false, true],
    [500, { error: { code: 'InternalServerError', message: 'oops' } }, 'arm-unavailable', false, true],
    [502, '', 'arm-unavailable', false, true],
    [504, '', 'arm-unavailable', false, true],
    [408, '', 'arm-unavailable', false, true],
    [400, { error: { code: 'BadRequest', message: 'no' } }, 'arm-refused', false, false],
    [403, { error: { code: 'AuthorizationFailed', message: 'no' } }, 'arm-unauthorized', false, false],
    [404, { error: { code: 'ResourceNotFound', message: 'no' } }, 'arm-not-found', false, false],
    [409, { error: { code: 'Conflict', message: 'no' } }, 'arm-conflict', false, false],
    [307, '', 'arm-answer-invalid', false, false],
  ])('that is answered %i %j is never sent again', async (status, body, code, retryable, ambiguous) => {
    const seen = always('post', () => [status, body as nock.ReplyBody, { location: `${ENDPOINT}/again` }]);
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({ code, retryable, ambiguous, status });
    expect(seen).toHaveLength(1);
  });

  it('tells how long a throttling service asks to wait, at most an hour', async () => {
    always('post', (request) => [429, '', { 'retry-after': request.url.includes('short') ? '7' : '86400' }]);
    const short = await rejection(arm().mutate({ ...mutation, path: '/short' }, signal()));
    const long = await rejection(arm().mutate({ ...mutation, path: '/long' }, signal()));
    expect([short['retryAfterMs'], long['retryAfterMs']]).toEqual([7000, 3_600_000]);
  });

  it('whose reply is lost is ambiguous, and is not sent again', async () => {
    let sent = 0;
    api()
      .persist()
      .post(/.*/, () => ++sent > 0)
      .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({
      code: 'arm-connection-lost',
      ambiguous: true,
      retryable: false,
    });
    expect(sent).toBe(1);
  });

  it('that found no connection was not sent, so a new attempt is safe', async () => {
    api()
      .post(/.*/)
      .replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({
      code: 'arm-unreachable',
      ambiguous: false,
      retryable: true,
    });
  });

  it('that is aborted before it was sent is not', async () => {
    const seen = always('post', () => [202]);
    expect(await rejection(arm().mutate(mutation, AbortSignal.abort()))).toMatchObject({
      code: 'arm-aborted',
      ambiguous: false,
    });
    expect(seen).toHaveLength(0);
  });

  it('that got no token was not sent', async () => {
    const seen = always('post', () => [202]);
    const credential = { getToken: async () => Promise.reject(new Error(`no luck with ${TOKEN}`)) };
    const error = await rejection(openDoor({ endpoint: ENDPOINT, credential }).mutate(mutation, signal()));
    expect(error).toMatchObject({ code: 'arm-sign-in-failed', ambiguous: false });
    expect(error.message).not.toContain(TOKEN);
    expect(seen).toHaveLength(0);
  });

  it('is not sent again after a claims challenge of the sign-in service', async () => {
    const claims = Buffer.from('{"access_token":{"nbf":{"essential":true}}}').toString('base64');
    const challenge = { 'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${claims}"` };
    const seen = always('post', () => [401, '', challenge]);
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({
      code: 'arm-unauthorized',
      ambiguous: false,
    });
    expect(seen).toHaveLength(1);
  });

  it('that was accepted with an unreadable body is accepted', async () => {
    always('post', () => [202, '<html>', { 'azure-asyncoperation': `${ENDPOINT}/op` }]);
    expect(await arm().mutate(mutation, signal())).toMatchObject({ status: 202, body: undefined });
  });

  it('that was answered 200 with an unreadable body is ambiguous', async () => {
    always('post', () => [200, '<html>']);
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({
      code: 'arm-answer-invalid',
      ambiguous: true,
    });
  });
});
