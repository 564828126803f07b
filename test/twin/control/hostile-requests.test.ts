// The control plane of a twin is a server: whatever a client sends is answered or cut off, and the twin stays up.
import { connect } from 'node:tls';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEED } from '../../definition/seed.ts';
import { TOKEN } from './plane-under-test.ts';
import { type ServicesUnderTest, servicesUnderTest } from './services-under-test.ts';

let twin: ServicesUnderTest;
let ids: readonly string[] = [];
beforeAll(async () => {
  twin = await servicesUnderTest();
  const listed = await twin.send('GET', `/subscriptions/${twin.world.subscription}/resources?api-version=2025-04-01`);
  ids = (listed.body.value as { id: string }[]).map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(5);
});
afterAll(() => twin.close());

/** It answers as before, and nothing in it broke. */
async function expectWell() {
  const answer = await twin.send(
    'GET',
    `/subscriptions/${twin.world.subscription}/resourcegroups?api-version=2025-04-01`,
  );
  expect(answer.status).toBe(200);
  expect(twin.troubles).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

const deep = (depth: number) => `${'{"tags":'.repeat(depth)}1${'}'.repeat(depth)}`;
const HOSTILE_BODIES: readonly string[] = [
  'null',
  '[]',
  '"text"',
  '7',
  '{"__proto__":{"polluted":true},"location":"westeurope"}',
  '{"constructor":{"prototype":{"polluted":true}},"properties":null,"location":5}',
  '{"location":"westeurope","properties":{"__proto__":{"polluted":true},"constructor":1},"tags":{"__proto__":"x","a":["b"]}}',
  '{"location":"westeurope","sku":[],"identity":"x","tags":null,"properties":[1]}',
  `{"location":"westeurope","tags":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`,
  deep(100_000),
  `{"location":"${'\\u0000'.repeat(100)}","properties":{"a":1e999}}`,
];

/** The version in which a type is served, as a twin itself names it; undefined when this cannot be done to the type. */
async function versionFor(method: string, id: string): Promise<string | undefined> {
  const { body } = await twin.send(method, `${id}?api-version=1900-01-01`, '{}');
  return /supported api-versions are '([^', ]+)/.exec(body?.error?.message ?? '')?.[1];
}

const typeOf = (id: string) =>
  id
    .split('/')
    .slice(6, -1)
    .filter((_, nth) => nth % 2 === 0)
    .join('/');

it('answers hostile bodies to every type of resource with an error of its own', async () => {
  const first = new Map(ids.map((id) => [typeOf(id), id]));
  const group = `/subscriptions/${twin.world.subscription}/resourcegroups/rg-hostile`;
  let taken = 0;
  for (const id of [group, ...first.values()]) {
    for (const method of ['PATCH', 'PUT']) {
      const version = await versionFor(method, id);
      if (version === undefined) continue;
      for (const body of HOSTILE_BODIES) {
        const { status } = await twin.send(method, `${id}?api-version=${version}`, body);
        expect(status, `${method} ${id} ${body.slice(0, 80)}`).toBeLessThan(500);
        if (status !== 429) taken += 1;
      }
    }
  }
  expect(taken).toBeGreaterThan(50);
  await expectWell();
});

it(`answers any JSON and any path (seed ${SEED})`, async () => {
  const word = fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '..',
    '%2e%2e',
    '%00',
    'subscriptions',
    'resourceGroups',
    'providers',
    'Microsoft.Storage',
    'storageAccounts',
    'twin',
    'status',
    'faults',
    'a'.repeat(300),
    '%',
    ';',
    'x?y',
  );
  const path = fc.oneof(
    fc.array(word, { maxLength: 8 }).map((words) => `/${words.join('/')}`),
    fc.tuple(fc.constantFrom(...ids), word).map(([id, more]) => `${id}/${more}`),
  );
  const method = fc.constantFrom('GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'HEAD', 'OPTIONS');
  // What a twin is asked to end with, it does.
  const property = fc.asyncProperty(method, path, fc.jsonValue(), async (verb, target, body) => {
    if (target.startsWith('/twin') || verb === 'DELETE') return;
    const sent = encodeURI(target).replaceAll('%25', '%');
    const { status } = await twin.send(
      verb,
      `${sent}?api-version=2025-04-01`,
      ['GET', 'HEAD'].includes(verb) ? undefined : body,
    );
    expect(status).toBeLessThan(500);
  });
  await fc.assert(property, { seed: SEED, numRuns: 80 });
  await expectWell();
});

it('cuts off what is no request, and endless headers, and goes on', async () => {
  const { port, hostname } = new URL(twin.control.endpoint);
  const said = (bytes: string) =>
    new Promise<string>((settle) => {
      let text = '';
      const socket = connect({
        host: hostname,
        port: Number(port),
        ca: twin.certificates.authority,
        servername: 'localhost',
        checkServerIdentity: () => undefined,
      });
      socket.on('secureConnect', () => socket.write(bytes));
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => settle(text));
    });
  expect(await said('\u0000\u0001\u0002\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
  expect(await said(`GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(20_000)}`)).toMatch(/^HTTP\/1.1 431|^$/);
  const smuggled =
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n';
  expect(await said(smuggled)).toMatch(/^HTTP\/1.1 400/);
  const odd = `GET /subscriptions?api-version=2025-04-01 HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${TOKEN}\r\nx-ms-correlation-request-id: \u00e9\u00ff\r\n\r\n`;
  expect(await said(odd)).toMatch(/^HTTP\/1.1 [24]/);
  await expectWell();
});
