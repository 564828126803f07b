import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCustomers } from '../../../src/twin/data/customers.ts';
import { type Front, openFront } from '../../../src/twin/data/front.ts';
import { ask, connectTo, startFar, until } from './sockets.ts';

const HOST = 'orders.trafficmanager.net';
let front: Front;
const open: { close: () => Promise<void> }[] = [];
beforeEach(async () => {
  front = await openFront();
  open.push(front);
});
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

/** A shop in small; its port. */
async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe('the front', () => {
  it('passes a request and its answer on as they are', async () => {
    const port = await serve(async (request, response) => {
      const { method, url, headers } = request;
      const body = await bodyOf(request);
      response.writeHead(418, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
      response.end(JSON.stringify({ method, url, host: headers.host, custom: headers['x-custom'], body }));
    });
    front.steer(HOST, port);
    const answer = await ask(front.port, {
      host: HOST,
      method: 'PUT',
      path: '/a?b=c',
      headers: { 'x-custom': '1' },
      body: 'text',
    });
    expect(answer.status).toBe(418);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.body).toEqual({ method: 'PUT', url: '/a?b=c', host: HOST, custom: '1', body: 'text' });
  });

  it('steers by host name, without regard to case and port, from one request to the next', async () => {
    const [west, north] = [
      await serve((_, response) => response.end('west')),
      await serve((_, response) => response.end('north')),
    ];
    front.steer(HOST, west);
    front.steer('Other.trafficmanager.net', north);
    expect((await ask(front.port, { host: `${HOST.toUpperCase()}:8080` })).text).toBe('west');
    expect((await ask(front.port, { host: 'other.trafficmanager.net' })).text).toBe('north');
    front.steer(HOST, north);
    expect((await ask(front.port, { host: HOST })).text).toBe('north');
    front.steer(HOST, undefined);
    expect((await ask(front.port, { host: HOST })).status).toBe(503);
  });

  it('says so when nobody serves a name', async () => {
    const answer = await ask(front.port, { host: 'unknown.example' });
    expect([answer.status, answer.body]).toEqual([503, { reason: 'nobody serves unknown.example' }]);
  });

  it('answers 502 when nobody listens at the target, with and without a body', async () => {
    const gone = await startFar();
    await gone.close();
    front.steer(HOST, gone.port);
    for (const body of [undefined, 'an order', Buffer.alloc(500_000)]) {
      const answer = await ask(front.port, { host: HOST, method: 'POST', ...(body === undefined ? {} : { body }) });
      expect([answer.status, answer.body['reason']]).toEqual([502, expect.stringContaining('ECONNREFUSED')]);
    }
  });

  it('asks once: a target that hangs up is a failure', async () => {
    const target = await startFar((_, socket) => socket.destroy());
    open.push(target);
    front.steer(HOST, target.port);
    expect((await ask(front.port, { host: HOST })).status).toBe(502);
    expect(target.sockets.length).toBe(1);
  });

  it('answers 502 to a target that never answers, after 5 s', async () => {
    const target = await startFar();
    open.push(target);
    front.steer(HOST, target.port);
    const begun = performance.now();
    const answer = await ask(front.port, { host: HOST });
    expect([answer.status, answer.body['reason']]).toEqual([502, expect.stringContaining('within 5000 ms')]);
    expect(performance.now() - begun).toBeGreaterThan(4990);
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  it('breaks off an answer that the target broke off', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.destroy(), 50);
    });
    front.steer(HOST, port);
    await expect(ask(front.port, { host: HOST })).rejects.toThrow();
  });

  it('refuses a body of more than 8 MiB', async () => {
    const port = await serve(async (request, response) => response.end(await bodyOf(request).catch(() => '')));
    front.steer(HOST, port);
    const accepted = await ask(front.port, { host: HOST, method: 'POST', body: Buffer.alloc(8 * 1024 * 1024, 'x') });
    expect([accepted.status, accepted.text.length]).toEqual([200, 8 * 1024 * 1024]);
    const { socket, received } = await connectTo(front.port);
    socket.write(`POST / HTTP/1.1\r\nhost: ${HOST}\r\ncontent-length: 20000000\r\n\r\n`);
    socket.write(Buffer.alloc(9 * 1024 * 1024, 'x'));
    await until(() => received().length > 0);
    expect(received().toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('breaks off an answer of more than 8 MiB', async () => {
    const port = await serve((_, response) => response.end(Buffer.alloc(9 * 1024 * 1024)));
    front.steer(HOST, port);
    await expect(ask(front.port, { host: HOST })).rejects.toThrow();
  });

  it('lets the target go when the customer leaves', async () => {
    const target = await startFar();
    open.push(target);
    front.steer(HOST, target.port);
    const { socket } = await connectTo(front.port);
    socket.write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`);
    await until(() => target.received().length > 0);
    socket.destroy();
    await until(() => target.sockets[0]?.destroyed === true);
  });
});

describe('the customers', () => {
  it('place orders at their pace, and count the refused ones', async () => {
    const orders: string[] = [];
    const port = await serve(async (request, response) => {
      orders.push(`${request.method} ${request.url} ${await bodyOf(request)}`);
      response.writeHead(201).end('{}');
    });
    front.steer(HOST, port);
    const customers = startCustomers({ port: front.port, host: HOST, everyMs: 10 });
    try {
      await until(() => customers.placed() >= 20);
      expect(customers.refused()).toBe(0);
      expect(orders[0]).toBe('POST /orders {"lines":[{"quantity":2,"price":"12.99"},{"quantity":3,"price":"15.99"}]}');
      front.steer(HOST, undefined);
      await until(() => customers.refused() >= 20);
      const placed = customers.placed();
      front.steer(HOST, port);
      await until(() => customers.placed() > placed + 5);
    } finally {
      await customers.stop();
    }
    const counted = [customers.placed(), customers.refused()];
    // An order that was under way when they left may still arrive, uncounted; then no more come.
    const arriving = async () => {
      const before = orders.length;
      await wait(200);
      return orders.length - before;
    };
    await expect.poll(arriving).toBe(0);
    expect([customers.placed(), customers.refused()]).toEqual(counted);
  });

  it('bear that there is no front, and leave at once when stopped', async () => {
    const gone = await startFar();
    await gone.close();
    const customers = startCustomers({ port: gone.port, host: HOST, everyMs: 5 });
    await until(() => customers.refused() > 10);
    await customers.stop();
    expect(customers.placed()).toBe(0);
  });

  it('do not wait for an answer that never comes when stopped', async () => {
    const silent = await startFar();
    open.push(silent);
    const customers = startCustomers({ port: silent.port, host: HOST, everyMs: 5 });
    await until(() => silent.sockets.length > 5);
    const begun = performance.now();
    await customers.stop();
    expect(performance.now() - begun).toBeLessThan(1000);
    expect([customers.placed(), customers.refused()]).toEqual([0, 0]);
  });
});
