// Real blob stores of two regions behind the front, asked by the unmodified client of Azure.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openContainer } from '../../../src/providers/blob/blob-service.ts';
import { makeCertificates } from '../../../src/twin/control/certificates.ts';
import { createRegionLinks } from '../../../src/twin/data/region-links.ts';
import { type BlobFront, openBlobFront } from '../../../src/twin/data/storage/blob-front.ts';
import { createStorage, type EstateStorage } from '../../../src/twin/data/storage/storage.ts';
import { openRegistry } from '../../../src/twin/process/registry.ts';
import type { World } from '../../../src/twin/world/world-schema.ts';
import { buildWorld, rejection, SUBSCRIPTION, TOKEN } from '../../providers/world-builder.ts';

const NAMES = ['docs', 'docs-secondary'];
const idOf = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
const folder = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
const links = createRegionLinks({ links: [{ between: ['west', 'north'], latency: 20 }] } as unknown as World);
const troubles: string[] = [];
let storage: EstateStorage;
let front: BlobFront;
let authority = '';

beforeAll(async () => {
  const hosts = NAMES.map((name) => `${name}.blob.core.windows.net`);
  const certificates = await makeCertificates('test', Date.now(), hosts);
  authority = certificates.authority;
  const world = {
    regions: ['west', 'north'],
    storageAccounts: [{ name: 'docs', group: 'g', region: 'west', secondary: 'north', lag: 100 }],
  };
  const registry = openRegistry(join(folder, 'registry.json'));
  storage = await createStorage({ world, folder, user: {}, registry, links, onTrouble: (text) => troubles.push(text) });
  front = await openBlobFront({ ...certificates, token: TOKEN, storage });
});
afterAll(async () => {
  await front.close();
  await storage.close();
  await links.close();
  rmSync(folder, { recursive: true, force: true });
});

const container = async (name: string, token = TOKEN) => {
  const hosts = Object.fromEntries(
    NAMES.map((label) => [`${label}.blob.core.windows.net`, { host: '127.0.0.1', port: front.port }]),
  );
  return openContainer(buildWorld({ connection: { hosts, authority, token } }), idOf(name), 'papers');
};

it('copies what was written, refuses writes to the secondary, strangers and what it does not serve', async () => {
  const main = await container('docs');
  const copy = await container('docs-secondary');
  await main.container.create();
  await main.container.getBlockBlobClient('a/b').upload('one', 3);
  const second = copy.container.getBlockBlobClient('a/b');
  // Not there yet: the lag is real.
  expect(await second.exists()).toBe(false);
  await expect.poll(() => second.exists()).toBe(true);
  expect((await second.downloadToBuffer()).toString()).toBe('one');
  expect(await rejection(second.upload('x', 1))).toMatchObject({
    code: 'WriteOperationNotSupportedOnReadOnlySecondary',
  });
  expect(await rejection(main.container.getBlockBlobClient('a/b').setLegalHold(true))).toMatchObject({
    code: 'UnsupportedByTwin',
  });
  const stranger = await container('docs', 'another token');
  expect(await rejection(stranger.container.exists())).toMatchObject({ statusCode: 401 });
  for (const { close } of [main, copy, stranger]) close();
});

it('loses nothing in a planned failover, and copies back to where it came from', async () => {
  const main = await container('docs');
  await main.container.getBlockBlobClient('last').upload('two', 3);
  await storage.failover('docs', 'planned', AbortSignal.timeout(20_000));
  expect(storage.account('docs')).toMatchObject({ primary: 'north', secondary: 'west' });
  expect((await main.container.getBlockBlobClient('last').downloadToBuffer()).toString()).toBe('two');
  const copy = await container('docs-secondary');
  await expect.poll(() => storage.lastSync('docs') ?? 0).toBeGreaterThan(0);
  expect((await copy.container.getBlockBlobClient('last').downloadToBuffer()).toString()).toBe('two');
  expect(troubles).toEqual([]);
  for (const { close } of [main, copy]) close();
});

it('loses what was under way in an unplanned failover, and says when the copy stood still', async () => {
  const main = await container('docs');
  links.change(['west', 'north'], { cut: true });
  await sleep(200);
  const stood = storage.lastSync('docs');
  await main.container.getBlockBlobClient('lost').upload('x', 1);
  await sleep(500);
  expect(storage.lastSync('docs')).toBe(stood);
  await storage.failover('docs', 'unplanned', AbortSignal.timeout(20_000));
  expect(await main.container.getBlockBlobClient('lost').exists()).toBe(false);
  expect(storage.account('docs')).toMatchObject({ primary: 'west', secondary: undefined });
  main.close();
});

it('copies anew while writes are under way', async () => {
  links.change(['west', 'north'], { cut: false });
  const main = await container('docs');
  let isOver = false;
  const write = async (name: string) => {
    // Writes are refused while the copy begins.
    while (!isOver)
      await main.container
        .getBlockBlobClient(name)
        .upload('x', 1)
        .catch(() => undefined);
  };
  const writers = Array.from({ length: 8 }, (_, index) => write(`writer-${index}`));
  try {
    for (let again = 0; again < 3; again += 1) {
      await storage.replicate('docs', 'north');
      await expect.poll(() => storage.lastSync('docs')).toBeDefined();
    }
  } finally {
    isOver = true;
    await Promise.all(writers);
    main.close();
  }
  expect(troubles).toEqual([]);
});

it('is asked all the same after it stood still for longer than its store keeps a connection', async () => {
  const store = storage.account('docs')?.primaryStore ?? expect.fail('expected a store, found none');
  const list = { method: 'GET', path: '/?comp=list', headers: { 'x-ms-version': '2025-01-05' }, body: Buffer.alloc(0) };
  expect((await store.send(list)).status).toBe(200);
  // Node closes a connection a second after it said so.
  const kept = 8000;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, kept);
  expect((await store.send(list)).status).toBe(200);
});
