import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listGroup } from '../../src/providers/list-group.ts';
import { type HttpsServer, startHttps } from './https-server.ts';
import { buildWorld, REQUEST_ID, rejection, SUBSCRIPTION, TOKEN, type Wish } from './world-builder.ts';

const signal = () => AbortSignal.timeout(20_000);
const mutation = { path: '/things/one', method: 'POST', body: {}, requestId: REQUEST_ID } as const;

let server: HttpsServer;
let requests: IncomingMessage[] = [];
let sockets = new Set<unknown>();
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const world = (wish: Wish = {}) =>
  buildWorld({
    ...wish,
    connection: { armEndpoint: server.endpoint, authority: server.authority, ...wish.connection },
  });

beforeAll(async () => {
  server = await startHttps((request, response) => {
    requests.push(request);
    sockets.add(request.socket);
    request.resume();
    answer(request, response);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
  sockets = new Set();
});

describe('the door over real sockets', () => {
  it('trusts the authority of its twin', async () => {
    answer = (_, response) => json(response, 200, { ok: true });
    expect((await world().arm.get({ path: '/x' }, signal())).body).toEqual({ ok: true });
    expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('sends nothing to a server that it does not trust', async () => {
    const stranger = await startHttps(() => {});
    try {
      const distrusting = world({ connection: { authority: stranger.authority } }).arm;
      const error = await rejection(distrusting.mutate(mutation, signal()));
      expect(error).toMatchObject({ code: 'arm-unreachable', ambiguous: false, retryable: false });
      expect(await rejection(distrusting.get({ path: '/x' }, signal()))).toMatchObject({ code: 'arm-unreachable' });
      expect(requests).toEqual([]);
    } finally {
      await stranger.close();
    }
  });

  it('keeps read connections, and gives every mutation one of its own', async () => {
    answer = (_, response) => json(response, 200, {});
    const { arm } = world();
    for (let read = 0; read < 3; read++) await arm.get({ path: '/x' }, signal());
    expect(sockets.size).toBe(1);
    for (let sent = 0; sent < 3; sent++) await arm.mutate(mutation, signal());
    expect(sockets.size).toBe(4);
  });

  it('sends a mutation once when the reply is lost', async () => {
    answer = (request) => request.socket.destroy();
    expect(await rejection(world().arm.mutate(mutation, signal()))).toMatchObject({
      code: 'arm-connection-lost',
      ambiguous: true,
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(requests).toHaveLength(1);
  });

  it('takes a reply that breaks off in its body as lost', async () => {
    answer = (request, response) => {
      response.writeHead(202, { 'content-length': '1000' }).write('{"half":');
      setTimeout(() => request.socket.destroy(), 20);
    };
    expect(await rejection(world().arm.mutate(mutation, signal()))).toMatchObject({
      code: 'arm-connection-lost',
      ambiguous: true,
    });
    expect(requests).toHaveLength(1);
  });

  it('gives a mutation up that nobody answers in time, and does not know what became of it', async () => {
    answer = () => {};
    const error = await rejection(world({ limits: { timeoutMs: 80 } }).arm.mutate(mutation, signal()));
    expect(error).toMatchObject({ code: 'arm-timed-out', ambiguous: true, retryable: false });
    expect(requests).toHaveLength(1);
  });

  it('gives a reply up that drips for ever', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    };
    const error = await rejection(world({ limits: { timeoutMs: 100 } }).arm.mutate(mutation, signal()));
    expect(error).toMatchObject({ code: 'arm-timed-out', ambiguous: true });
  });

  it('repeats a read that is not answered in time, and then gives up', async () => {
    answer = () => {};
    const error = await rejection(
      world({ limits: { timeoutMs: 500, readAttemptsMax: 3 } }).arm.get({ path: '/x' }, signal()),
    );
    expect(error).toMatchObject({ code: 'arm-timed-out', retryable: true, ambiguous: false });
    expect(requests).toHaveLength(3);
  });

  it('stops at once when it is aborted', async () => {
    answer = () => {};
    const startedAt = performance.now();
    expect(await rejection(world().arm.mutate(mutation, AbortSignal.timeout(80)))).toMatchObject({
      code: 'arm-aborted',
      ambiguous: true,
    });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('stops reading an answer that is too large', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      const more = () => void (response.writable && response.write('x'.repeat(65_536), () => setImmediate(more)));
      more();
    };
    const error = await rejection(world({ limits: { answerBytesMax: 100_000 } }).arm.get({ path: '/x' }, signal()));
    expect(error).toMatchObject({ code: 'arm-answer-too-large' });
  });

  it('finds a port where nobody listens unreachable, without doubt', async () => {
    const gone = await startHttps(() => {});
    await gone.close();
    const error = await rejection(world({ connection: { armEndpoint: gone.endpoint } }).arm.mutate(mutation, signal()));
    expect(error).toMatchObject({ code: 'arm-unreachable', ambiguous: false, retryable: true });
  });
});

describe('listing a resource group through the Azure SDK', () => {
  const rg = { subscription: SUBSCRIPTION, group: 'rg-weu' };

  it('gathers every page, signed in, over the own authority', async () => {
    answer = (request, response) => {
      const second = request.url?.includes('page=2');
      const next = second ? {} : { nextLink: `${server.endpoint}/page?page=2` };
      json(response, 200, {
        value: [{ id: second ? '/b' : '/a', name: 'n', type: 't', location: 'westeurope' }],
        ...next,
      });
    };
    expect((await listGroup(rg, world(), signal())).map(({ id }) => id)).toEqual(['/a', '/b']);
    expect(requests[0]?.url).toMatch(
      /^\/subscriptions\/1{8}-.*\/resourceGroups\/rg-weu\/resources\?.*expand=provisioningState/i,
    );
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
  });

  it('gives a hostile nextLink neither a request nor a token', async () => {
    let stolen = 0;
    const evil = await startHttps(() => void stolen++);
    try {
      answer = (_, response) => json(response, 200, { value: [], nextLink: `${evil.endpoint}/steal` });
      expect(await rejection(listGroup(rg, world(), signal()))).toMatchObject({ code: 'arm-host-refused' });
      expect(stolen).toBe(0);
    } finally {
      await evil.close();
    }
  });

  it('finds nothing in a group that does not exist, and says so of any other failure', async () => {
    answer = (_, response) => json(response, 404, { error: { code: 'ResourceGroupNotFound', message: 'gone' } });
    expect(await listGroup(rg, world(), signal())).toEqual([]);
    answer = (_, response) => json(response, 403, { error: { code: 'AuthorizationFailed', message: 'no' } });
    const error = await rejection(listGroup(rg, world(), signal()));
    expect(error).toMatchObject({ name: 'ArmError', code: 'arm-unavailable' });
    expect(error.message).toContain('rg-weu');
  });
});
