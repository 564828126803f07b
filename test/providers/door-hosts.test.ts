import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/providers/arm/transport.ts';
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

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('the host allow-list', () => {
  it.each([
    'https://evil.example/poll?t=secret',
    'https://arm.example.evil.example/poll',
    'https://arm.example@evil.example/poll',
    'https://user:password@arm.example/poll',
    'https://arm.example:8443/poll',
    'http://arm.example/poll',
    '//evil.example/poll',
    '\\\\evil.example/poll',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ])('refuses %s before a byte is sent', async (path) => {
    const seen: unknown[] = [];
    nock(/.*/)
      .persist()
      .get(/.*/)
      .reply(200, () => seen.push(1));
    nock(/.*/)
      .persist()
      .post(/.*/)
      .reply(200, () => seen.push(1));
    expect(await rejection(arm().get({ path }, signal()))).toMatchObject({
      code: 'arm-host-refused',
      ambiguous: false,
    });
    expect(await rejection(arm().mutate({ ...mutation, path }, signal()))).toMatchObject({
      code: 'arm-host-refused',
      ambiguous: false,
    });
    expect(seen).toEqual([]);
  });

  it('refuses a URL that is longer than any real one', async () => {
    const path = `${ENDPOINT}/${'x'.repeat(20_000)}`;
    const error = await rejection(arm().get({ path }, signal()));
    expect(error).toMatchObject({ code: 'arm-host-refused' });
    expect(error.message.length).toBeLessThan(200);
  });

  it('takes a signed URL of the own host as it is', async () => {
    const seen = always('get', () => [200, {}]);
    const signed = `${ENDPOINT}/subscriptions/s/locations/East%20US/op?api-version=1&t=6389&c=MII~x&s=a-b_c%3D&h=${'h'.repeat(3000)}`;
    await arm().get({ path: signed }, signal());
    expect(seen[0]?.url).toBe(signed);
  });
});

describe('a list through the door', () => {
  it('gathers every page', async () => {
    api()
      .get('/things')
      .query({ 'api-version': '1' })
      .reply(200, { value: [{ n: 1 }], nextLink: `${ENDPOINT}/things?page=2` });
    api()
      .get('/things')
      .query({ page: '2' })
      .reply(200, { value: [{ n: 2 }] });
    expect(await arm().list({ path: '/things', apiVersion: '1' }, signal())).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('refuses a hostile nextLink, and sends it no token', async () => {
    const evil = nock('https://evil.example').get(/.*/).reply(200, { value: [] });
    api().get('/things').reply(200, { value: [], nextLink: 'https://evil.example/things' });
    expect(await rejection(arm().list({ path: '/things' }, signal()))).toMatchObject({ code: 'arm-host-refused' });
    expect(evil.isDone()).toBe(false);
  });

  it('ends when pages run in a circle', async () => {
    api()
      .persist()
      .get('/things')
      .query(true)
      .reply(200, { value: [{}], nextLink: `${ENDPOINT}/things?again` });
    expect(await rejection(arm().list({ path: '/things' }, signal()))).toMatchObject({ code: 'arm-answer-too-large' });
  });

  it('ends at the greatest number of pages', async () => {
    let page = 0;
    const seen = always('get', () => [200, { value: [{}], nextLink: `${ENDPOINT}/things?page=${++page}` }]);
    expect(await rejection(arm({ limits: { pagesMax: 7 } }).list({ path: '/things' }, signal()))).toMatchObject({
      code: 'arm-answer-too-large',
    });
    expect(seen).toHaveLength(7);
  });

  it.each([{}, { value: 'x' }, { value: [1] }, [], null])('refuses the page %j', async (page) => {
    always('get', () => [200, JSON.stringify(page)]);
    expect(await rejection(arm().list({ path: '/things' }, signal()))).toMatchObject({ code: 'arm-answer-invalid' });
  });
});

describe('what leaves the door', () => {
  it('holds no query, token or signed URL in errors', async () => {
    const echo = `see https://arm.example/op?t=signed-secret&h=x with Bearer ${TOKEN}`;
    always('get', () => [400, { error: { code: 'Bad', message: echo, details: [{ code: 'D', message: echo }] } }]);
    const error = await rejection(arm().get({ path: `${ENDPOINT}/op?t=signed-secret` }, signal()));
    const everything = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    expect(error.message).toContain('https://arm.example/op');
    expect(everything).not.toContain('signed-secret');
    expect(everything).not.toContain(TOKEN);
  });

  it('tells of every exchange, without secrets', async () => {
    const seen: Exchange[] = [];
    api().get(/.*/).reply(500, {});
    api().get(/.*/).reply(200, {}, { 'x-ms-request-id': 'theirs' });
    await arm({ onExchange: (exchange) => seen.push(exchange) }).get(
      { path: `${ENDPOINT}/op?t=signed-secret` },
      signal(),
    );
    expect(seen.map(({ status }) => status)).toEqual([500, 200]);
    expect(seen[1]).toMatchObject({
      method: 'GET',
      url: 'https://arm.example/op',
      serviceRequestId: 'theirs',
      error: null,
    });
    expect(JSON.stringify(seen)).not.toMatch(/signed-secret|very-secret/);
  });
});
