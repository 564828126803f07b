import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveHost } from '../../src/providers/hosts.ts';
import { httpAssert } from '../../src/providers/http/http-assert.ts';
import { httpProbe } from '../../src/providers/http/http-probe.ts';
import { startHttps } from './https-server.ts';
import { buildWorld, contextOf, rejection } from './world-builder.ts';

let server: Server;
let port = 0;
const sockets = new Set<unknown>();

/** The shop is known by its public name; the twin says where it is. */
const world = () => buildWorld({ connection: { hosts: { 'Shop.example': { host: '127.0.0.1', port } } } });
const context = (signal = AbortSignal.timeout(10_000)) => contextOf(world(), { signal });
const read = (given: object, signal?: AbortSignal) =>
  httpProbe.read(httpProbe.input.parse({ url: 'http://shop.example/ok', ...given }), context(signal));

beforeAll(async () => {
  server = createServer((request, response) => {
    sockets.add(request.socket);
    if (request.url === '/hang') return;
    if (request.url === '/cut') return void request.socket.destroy();
    if (request.url === '/moved') return void response.writeHead(302, { location: '/ok' }).end();
    if (request.url === '/huge') return void response.end('x'.repeat(2_000_000));
    if (request.url === '/secrets')
      return void response
        .writeHead(200, {
          'content-type': 'application/json',
          'retry-after': '7',
          'x-region': 'northeurope',
          'x-long': 'l'.repeat(5000),
          'set-cookie': ['session=s3cret-cookie; HttpOnly', 'other=s3cret-too'],
          'x-auth-token': 's3cret-token',
          authorization: 'Bearer s3cret-bearer',
          location: 'https://elsewhere.example/next?sig=s3cret-signature',
          'x-request-id': 's3cret-unasked',
        })
        .end('{}');
    if (request.url === '/text') return void response.end('{"not":"declared"}');
    const status = Number(request.url?.slice(1)) || 200;
    response.writeHead(status, { 'content-type': 'application/json', 'x-region': 'northeurope' });
    response.end(JSON.stringify({ region: 'northeurope', host: request.headers.host, open: 3 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a host', () => {
  it('is reached where the twin says, without regard to case, and else as it is', () => {
    const hosts = { 'a.example': { host: '127.0.0.1', port: 4 } };
    expect(resolveHost({ hosts }, 'A.Example', 443)).toEqual({ host: '127.0.0.1', port: 4 });
    expect(resolveHost({ hosts }, 'b.example', 443)).toEqual({ host: 'b.example', port: 443 });
    expect(resolveHost({ hosts: {} }, 'toString', 1)).toEqual({ host: 'toString', port: 1 });
  });
});

describe('http/probe', () => {
  it('is healthy when the service answers as expected', async () => expect(await read({})).toEqual({ healthy: true }));

  it('asks for the public name, wherever the service is', async () => {
    expect(await read({ expect: 'body.host == "shop.example"' })).toEqual({ healthy: true });
  });

  it.each([
    [{ url: 'http://shop.example/503' }, 'expected status 200, found 503'],
    [{ status: 204 }, 'expected status 204, found 200'],
    [{ url: 'http://shop.example/moved' }, 'expected status 200, found 302'],
    [{ expect: 'body.region == "westeurope"' }, 'expected body.region == "westeurope"'],
    [{ expect: 'body.missing == 1' }, 'body.missing'],
    [{ url: 'http://shop.example/text', expect: 'body.not == "declared"' }, 'body.not'],
    [{ url: 'http://shop.example/cut' }, 'ECONNRESET'],
    [{ url: 'http://shop.example/huge' }, 'more than 1048576 bytes'],
    [{ url: 'http://127.0.0.1:1/' }, 'ECONNREFUSED'],
  ])('of %j is not healthy, and says why', async (given, why) => {
    const reading = await read(given);
    expect(reading.healthy).toBe(false);
    expect(reading.detail).toContain(why);
    expect(reading.detail?.length).toBeLessThanOrEqual(200);
  });

  it('is not healthy when no answer comes in time', async () => {
    expect(await read({ url: 'http://shop.example/hang' }, AbortSignal.timeout(60))).toMatchObject({
      healthy: false,
      detail: /in time/,
    });
  });

  it('uses a fresh connection for every reading', async () => {
    sockets.clear();
    for (let reading = 0; reading < 3; reading++) await read({});
    expect(sockets.size).toBe(3);
  });

  it('trusts a TLS service by the authority of the twin alone', async () => {
    const secure = await startHttps((_, response) => response.end('fine'));
    try {
      const url = secure.endpoint;
      const trusting = buildWorld({ connection: { authority: secure.authority } });
      const input = httpProbe.input.parse({ url, expect: 'body == "fine"' });
      expect(await httpProbe.read(input, contextOf(trusting))).toEqual({ healthy: true });
      expect(await httpProbe.read(input, contextOf(buildWorld()))).toMatchObject({ healthy: false });
    } finally {
      await secure.close();
    }
  });
});

describe('http/assert', () => {
  const judge = (given: object) =>
    httpAssert.start(httpAssert.input.parse({ url: 'http://shop.example/ok', ...given }), context());

  it.each([
    'status == 200',
    'status == 200 && body.region == "northeurope"',
    'headers["x-region"] == "northeurope"',
    'body.open > 2 && body.open < 4',
  ])('passes when %s', async (condition) => {
    const started = await judge({ expect: condition });
    expect(started).toMatchObject({ kind: 'done', check: { expected: condition } });
  });

  it.each([
    'status == 201',
    'body.region == "westeurope"',
    'body.open > 3',
    'size(body.region) == 0',
    'body.absent == true',
  ])('fails when it expects %s, and keeps what it saw', async (condition) => {
    const error = await rejection(judge({ expect: condition }));
    expect(error).toMatchObject({ code: 'check-failed', retryable: false, check: { expected: condition } });
    expect(error['check']).toMatchObject({ observed: expect.stringContaining('"region":"northeurope"') });
  });

  it('fails for now when the service does not answer', async () => {
    expect(await rejection(judge({ url: 'http://shop.example/cut', expect: 'true' }))).toMatchObject({
      code: 'http-failed',
      retryable: true,
    });
  });

  it('refuses a condition that is no condition', async () => {
    expect(await rejection(judge({ expect: 'body.region' }))).toMatchObject({ code: 'expectation-invalid' });
    for (const condition of ['status ==', 'status'])
      expect(httpAssert.input.safeParse({ url: 'http://shop.example/', expect: condition }).success).toBe(false);
  });

  describe('keeps of the headers', () => {
    const observed = async (condition: string) => {
      const started = await judge({ url: 'http://shop.example/secrets', expect: condition });
      if (started.kind !== 'done') throw new Error('expected an answer at once');
      expect(JSON.stringify(started)).not.toContain('s3cret');
      const { headers } = JSON.parse(started.check?.observed ?? '') as { headers: Record<string, string> };
      return headers;
    };

    it('those that are harmless, and no other', async () => {
      expect(Object.keys(await observed('status == 200')).sort()).toEqual(['content-type', 'date', 'retry-after']);
    });

    it('those that the condition names, in whatever way it does, cut to a length', async () => {
      expect(await observed('headers["x-region"] == "northeurope"')).toMatchObject({ 'x-region': 'northeurope' });
      expect(await observed("'x-region' in headers")).toMatchObject({ 'x-region': 'northeurope' });
      expect((await observed('size(headers["x-long"]) == 5000'))['x-long']).toBe(`${'l'.repeat(200)}…`);
    });

    it('no secret, although the condition reads it', async () => {
      expect(
        await observed(
          'headers["set-cookie"].contains("session=") && size(headers.authorization) > 3 && "x-auth-token" in headers',
        ),
      ).toMatchObject({
        'set-cookie': '(withheld: 49 characters)',
        authorization: '(withheld: 20 characters)',
        'x-auth-token': '(withheld: 12 characters)',
      });
    });

    it('where it points, without the query, which may be signed', async () => {
      expect(await observed('headers.location.startsWith("https://elsewhere.example/")')).toMatchObject({
        location: 'https://elsewhere.example/next?…',
      });
    });
  });

  it.each([
    'headers["set-cookie"] == "none"',
    'headers["set-cookie"]',
    'headers.authorization == status',
    'headers.authorization.absent == 1',
  ])('shows no secret when %s is not true', async (condition) => {
    const failure = judge({ url: 'http://shop.example/secrets', expect: condition });
    const error = await rejection(failure);
    expect(`${error.message} ${JSON.stringify(error['check'] ?? null)}`).not.toContain('s3cret');
    const { detail } = await read({ url: 'http://shop.example/secrets', expect: condition });
    expect(detail).toBeDefined();
    expect(detail).not.toContain('s3cret');
  });
});
