// Answers of strangers at the door to Azure Resource Manager: whatever comes back is a value or an ArmError, soon and in little memory.
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAnswer, refusal } from '../../src/providers/arm/answer.ts';
import { nextPoll, openHandle } from '../../src/providers/arm/operation.ts';
import { redactText } from '../../src/providers/arm/redact.ts';
import { parseServiceError } from '../../src/providers/arm/service-error.ts';
import { SEED } from '../definition/seed.ts';
import { type HttpsServer, startHttps } from './https-server.ts';
import { buildWorld, REQUEST_ID, rejection } from './world-builder.ts';

const MEBIBYTE = 1024 * 1024;
const LIMIT_MS = 5000;
const signal = () => AbortSignal.timeout(20_000);
const mutation = { path: '/things/one', method: 'POST', body: {}, requestId: REQUEST_ID } as const;

let server: HttpsServer;
let answer: (response: ServerResponse) => void;
let requests = 0;
const arm = () => buildWorld({ connection: { armEndpoint: server.endpoint, authority: server.authority } }).arm;

beforeAll(async () => {
  server = await startHttps((request, response) => {
    request.resume();
    requests += 1;
    answer(response);
  });
});
afterAll(() => server.close());

describe('an answer over a real socket', () => {
  it('that is compressed though nobody asked for it does not swell: it is no JSON', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MEBIBYTE, ' '), { level: 1 });
    answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    const before = process.memoryUsage().rss;
    expect(await rejection(arm().get({ path: '/x' }, signal()))).toMatchObject({ code: 'arm-answer-invalid' });
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({
      code: 'arm-answer-invalid',
      ambiguous: true,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MEBIBYTE);
  });

  it.each([
    ['nests without end', '['.repeat(300_000)],
    ['nests and closes', `${'['.repeat(300_000)}${']'.repeat(300_000)}`],
    ['is no JSON', '<html>'],
    ['is null', 'null'],
    ['has prototype keys', '{"__proto__":{"polluted":true},"error":{"__proto__":{"polluted":true},"code":"X"}}'],
  ])('that %s ends as a value or an ArmError, whatever its status', async (_what, text) => {
    for (const status of [200, 202, 409, 500]) {
      answer = (response) => response.writeHead(status, { 'content-type': 'text/html', 'retry-after': '0' }).end(text);
      const ended = await arm()
        .mutate(mutation, signal())
        .then(
          () => ({ name: 'Answer' }),
          (error: unknown) => error,
        );
      expect(ended).toMatchObject({ name: expect.stringMatching(/^(Answer|ArmError)$/) });
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('that leads elsewhere is followed by nobody, whatever way it leads', async () => {
    const before = requests;
    for (const status of [301, 302, 303, 307, 308]) {
      answer = (response) => response.writeHead(status, { location: `${server.endpoint}/elsewhere` }).end();
      await rejection(arm().mutate(mutation, signal()));
    }
    expect(requests - before).toBe(5);
  });

  it('that has headers without end is cut off', async () => {
    answer = ({ socket }) => {
      socket?.write(`HTTP/1.1 200 OK\r\n${`x: ${'y'.repeat(1000)}\r\n`.repeat(1000)}\r\n`);
    };
    expect(await rejection(arm().mutate(mutation, signal()))).toMatchObject({ name: 'ArmError', ambiguous: true });
  });
});

describe('an error text of a service', () => {
  it.each([
    ['addresses', 'http://'.repeat(1_000_000)],
    ['questions', `https://x/${'?'.repeat(1_000_000)}`],
    ['bearers', 'Bearer '.repeat(1_000_000)],
    ['spaces', `Bearer${' '.repeat(1_000_000)}`],
  ])('is read in time: a million %s', (_what, text) => {
    const startedAt = performance.now();
    expect(redactText(text).length).toBeLessThanOrEqual(1001);
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  });

  it('keeps a secret out also where it is cut', () => {
    const cut = `${'a '.repeat(490)}https://x.example/op?t=1&s=${'secret'.repeat(2000)}`;
    expect(redactText(cut)).not.toContain('secret');
  });
});

it(`any value is an answer, a poll and an error, or none (seed ${SEED})`, () => {
  const word = fc.constantFrom(
    'status',
    'properties',
    'provisioningState',
    'error',
    'code',
    'message',
    'details',
    '__proto__',
    'constructor',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.dictionary(word, tie('value')),
      fc.array(tie('value')),
    ),
  }));
  const headers = fc.dictionary(
    fc.constantFrom('azure-asyncoperation', 'location', 'retry-after', 'date'),
    fc.string(),
  );
  const resource = { path: '/x' };
  const property = fc.property(value, headers, fc.integer({ min: 200, max: 599 }), (body, given, status) => {
    const text = JSON.stringify(body);
    const read = readAnswer('GET', 'https://x/', { status, headers: given, text });
    const handle = openHandle(read, resource) ?? { formatVersion: 1 as const, resource };
    expect(['again', 'settled', 'failed']).toContain(nextPoll(handle, read).kind);
    expect(refusal('PUT', 'https://x/', { status, headers: given, text }, 60_000).name).toBe('ArmError');
    const said = parseServiceError(body);
    if (said !== undefined) expect(`${said.code}${said.message}`.length).toBeLessThan(2100);
  });
  fc.assert(property, { seed: SEED, numRuns: 200 });
});
