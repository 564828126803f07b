import { spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tcpAssert } from '../../src/providers/tcp/tcp-assert.ts';
import { buildWorld, contextOf, rejection } from './world-builder.ts';

let server: Server;
let open = 0;
let shut = 0;

const listen = (target: Server, port = 0) =>
  new Promise<number>((resolve, reject) => {
    target.once('error', reject);
    target.listen(port, '127.0.0.1', () => resolve((target.address() as AddressInfo).port));
  });
const close = (target: Server) => new Promise((resolve) => target.close(resolve));

beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => {}).resume());
  open = await listen(server);
  const passing = createServer();
  shut = await listen(passing);
  await close(passing);
});
afterAll(() => close(server));

const world = (kind: 'twin' | 'azure' = 'twin') =>
  buildWorld({ kind, connection: { hosts: { 'Db.example': { host: '127.0.0.1', port: open } } } });
const judge = (given: object, signal = AbortSignal.timeout(20_000), of = world()) =>
  tcpAssert.start(tcpAssert.input.parse({ host: '127.0.0.1', ...given }), contextOf(of, { signal }));
const LISTEN =
  "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))";

/** A port whose process stands still with a full queue: what comes next gets no answer at all. */
async function startSilent(): Promise<{ readonly port: number; readonly close: () => void }> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (said: Buffer) => resolve(Number(said))),
  );
  child.kill('SIGSTOP');
  const fillers = Array.from({ length: 4 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}));
  await Promise.race(fillers.map((filler) => new Promise((resolve) => filler.once('connect', resolve))));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    port,
    close: () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    },
  };
}

describe('tcp/assert', () => {
  it('passes when a port accepts a connection', async () => {
    expect(await judge({ port: open })).toMatchObject({
      kind: 'done',
      check: {
        expected: `127.0.0.1:${open} accepts a connection within 5 s`,
        observed: expect.stringContaining(': accepted after '),
      },
    });
  });

  it('reaches a name where the environment says, and shows both', async () => {
    const { check } = (await judge({ host: 'db.example', port: 5432 })) as { check: { observed: string } };
    expect(check.observed).toContain(`db.example:5432 (here 127.0.0.1:${open}): accepted`);
  });

  it('fails when nobody listens, and says so', async () => {
    const error = await rejection(judge({ port: shut, within: 'PT0.3S' }));
    expect(error).toMatchObject({ code: 'check-failed', retryable: false });
    expect(error['check']).toMatchObject({ observed: `127.0.0.1:${shut}: not reachable (ECONNREFUSED)` });
  });

  it('waits for a port that opens within the time', async () => {
    const late = createServer((socket) => socket.on('error', () => {}).resume());
    const judged = judge({ port: shut, within: 'PT15S' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await listen(late, shut);
    try {
      expect(await judged).toMatchObject({ kind: 'done' });
    } finally {
      await close(late);
    }
  });

  it('passes on a refusal where one is expected, and fails where a connection comes about', async () => {
    expect(await judge({ port: shut, expect: 'refused' })).toMatchObject({
      check: { observed: `127.0.0.1:${shut}: not reachable (ECONNREFUSED)` },
    });
    const error = await rejection(judge({ port: open, expect: 'refused' }));
    expect(error).toMatchObject({
      code: 'check-failed',
      check: { observed: expect.stringContaining(': accepted after') },
    });
  });

  it('takes silence for unreachable, and says that it was silence', async () => {
    const silent = await startSilent();
    try {
      const given = { port: silent.port, within: 'PT0.5S' };
      expect(await judge({ ...given, expect: 'refused' })).toMatchObject({
        check: { observed: expect.stringMatching(/: no answer within /) },
      });
      expect(await rejection(judge(given))).toMatchObject({
        code: 'check-failed',
        check: { observed: expect.stringMatching(/: no answer within /) },
      });
    } finally {
      silent.close();
    }
  });

  it.each(['accepted', 'refused'])('proves nothing (%s) of a name that cannot be resolved', async (expected) => {
    const given = { host: 'nobody.invalid', port: 9, within: 'PT8S', expect: expected };
    const error = await rejection(judge(given, undefined, world('azure')));
    expect(error).toMatchObject({ code: 'tcp-failed', retryable: true });
    // A twin that cannot be asked where the name leads proves as little.
    expect(await rejection(judge(given))).toMatchObject({ code: 'arm-unreachable', retryable: true });
  });

  it('stops when it is aborted', async () => {
    expect(await rejection(judge({ port: open }, AbortSignal.abort()))).toMatchObject({ code: 'aborted' });
    const waiting = judge({ port: shut, within: 'PT60S' }, AbortSignal.timeout(100));
    expect(await rejection(waiting)).toMatchObject({ code: 'aborted' });
  });

  it.each([
    { host: '', port: 1 },
    { host: 'a b', port: 1 },
    { host: '::x', port: 1 },
    { host: 'http://x', port: 1 },
    { port: 0 },
    { port: 70_000 },
    { port: 1, within: 'PT0S' },
    { port: 1, within: 'soon' },
    { port: 1, expect: 'maybe' },
  ])('refuses the input %j', (given) => {
    expect(tcpAssert.input.safeParse({ host: '127.0.0.1', ...given }).success).toBe(false);
  });
});
