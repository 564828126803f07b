// Checks of blobs against real stores: green on what is right, red on one flipped byte, on a missing blob and on one too many.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobAssert } from '../../src/providers/blob/blob-assert.ts';
import { blobCompare } from '../../src/providers/blob/blob-compare.ts';
import type { OpenContainer } from '../../src/providers/blob/blob-service.ts';
import { openLink } from '../../src/twin/data/link.ts';
import { accountId, type StorageUnderTest, storageUnderTest } from '../twin/data/storage-under-test.ts';
import { contextOf, rejection, startAndObserve } from './world-builder.ts';

const DOCS = { account: accountId('docs'), container: 'papers' };
const COPY = { ...DOCS, endpoint: 'secondary' };
const BARE = { account: accountId('bare'), container: 'papers' };
const VERSION = { 'x-ms-version': '2025-01-05' };
let store: StorageUnderTest;
let docs: OpenContainer;
let bare: OpenContainer;

beforeAll(async () => {
  store = await storageUnderTest();
  docs = await store.container('docs');
  bare = await store.container('bare');
  await docs.container.create();
  for (let at = 0; at < 20; at++) await put(docs, `2026/invoice-${at}.json`, JSON.stringify({ total: at, who: 'Ann' }));
  await put(docs, 'empty', '');
});
afterAll(async () => {
  for (const opened of [docs, bare]) opened.close();
  await store.close();
});

const put = (opened: OpenContainer, name: string, text: string) =>
  opened.container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), {
    blobHTTPHeaders: { blobContentType: 'application/json' },
  });
const check = (action: typeof blobAssert, given: object) =>
  startAndObserve(action, given as never, store.context()) as Promise<{ observed: string }>;
const red = (action: typeof blobAssert, given: object) => rejection(check(action, given));
const copied = async () => {
  const written = Date.now();
  await expect.poll(() => store.storage.lastSync('docs') ?? 0).toBeGreaterThan(written);
};
/** Writes to the store of the secondary itself, past its front. */
const plant = async (method: string, name: string, text = '') => {
  const body = Buffer.from(text);
  const headers = method === 'PUT' ? { ...VERSION, 'x-ms-blob-type': 'BlockBlob' } : VERSION;
  const asked = { method, path: `/papers/${name}`, headers, body };
  const answer = await store.storage.account('docs')?.secondaryStore?.send(asked);
  expect(answer?.status).toBeLessThan(300);
};

describe('blob/assert', () => {
  it('judges counts, bytes, names and ages of a container', async () => {
    const expected = 'count == 21 && totalBytes > 20 && newest.ageSeconds < 600 && names.exists(n, n == "empty")';
    const { observed } = await check(blobAssert, { ...DOCS, expect: expected });
    expect(JSON.parse(observed)).toMatchObject({ status: 200, count: 21, newest: { name: expect.any(String) } });
    await check(blobAssert, { ...DOCS, prefix: '2026/', expect: 'count == 20' });
    expect(await red(blobAssert, { ...DOCS, expect: 'count == 22' })).toMatchObject({ code: 'check-failed' });
  });

  it('is never green about what is not there', async () => {
    const absent = { ...DOCS, container: 'nothing' };
    expect(await red(blobAssert, { ...absent, expect: 'count == 0' })).toMatchObject({ code: 'check-failed' });
    await check(blobAssert, { ...absent, expect: 'status == 404' });
    const none = { ...DOCS, prefix: 'none/', expect: 'newest.ageSeconds < 60' };
    expect(await red(blobAssert, none)).toMatchObject({ code: 'check-failed' });
    const missing = { ...DOCS, blob: 'none.json', expect: 'json.total == 1' };
    expect(await red(blobAssert, missing)).toMatchObject({ code: 'check-failed' });
  });

  it('judges the content of one blob, and shows no more of it than was asked', async () => {
    const { observed } = await check(blobAssert, { ...DOCS, blob: '2026/invoice-7.json', expect: 'json.total == 7' });
    expect(JSON.parse(observed)).toMatchObject({ contentType: 'application/json', 'json.total': 7 });
    expect(observed).not.toContain('Ann');
    await check(blobAssert, { ...DOCS, blob: 'empty', expect: 'length == 0 && text == ""' });
    const error = await red(blobAssert, { ...DOCS, blob: '2026/invoice-7.json', expect: 'json.total == 8' });
    expect(error.message).toContain('"json.total":7');
  });

  it('takes conditions over names that it has, and no others', () => {
    const parse = (more: object) => blobAssert.input.safeParse({ ...DOCS, ...more }).success;
    expect([parse({ expect: 'count == 1' }), parse({ expect: 'json.total == 1' })]).toEqual([true, false]);
    expect([parse({ blob: 'a', expect: 'json.a == 1' }), parse({ blob: 'a', expect: 'count == 1' })]).toEqual([
      true,
      false,
    ]);
  });
});

describe('blob/compare', () => {
  const sides = { primary: DOCS, copy: COPY, settledBefore: 'PT0S', maxLag: 'PT10S', minimumBlobs: 21 };

  it('is green when every name and every byte is the same, by either checksum', async () => {
    await copied();
    // Times are whole seconds: what was changed within the last one is left out.
    await new Promise((settle) => setTimeout(settle, 2100));
    const { observed } = await check(blobCompare, sides);
    expect(observed).toMatch(/^21 blobs of \d+ bytes equal; last sync .* ago$/);
    await check(blobCompare, { ...sides, checksum: 'md5' });
  });

  it('leaves out what is too new to have arrived, and proves nothing when too little is left', async () => {
    await put(docs, 'new', 'x');
    const given = { ...sides, settledBefore: 'PT1H', minimumBlobs: 0 };
    expect((await check(blobCompare, given)).observed).toContain('22 newer left out');
    expect((await red(blobCompare, { ...given, minimumBlobs: 1 })).message).toContain('expected at least 1 blobs');
    // What is old enough within half a minute is waited for.
    const soon = { ...sides, settledBefore: 'PT2S', minimumBlobs: 22 };
    expect((await check(blobCompare, soon)).observed).toMatch(/^22 blobs of \d+ bytes equal; last sync/);
    expect((await red(blobCompare, { ...soon, minimumBlobs: 23 })).message).toContain('expected at least 23 blobs');
    await docs.container.deleteBlob('new');
    await copied();
  });

  it.each([
    ['one flipped byte', 'PUT', '2026/invoice-3.json', '{"total":3,"who":"Bnn"}', 'has another content on the copy'],
    ['a missing blob', 'DELETE', '2026/invoice-3.json', '', 'is missing on the copy'],
    ['an extra blob', 'PUT', 'stranger', 'x', 'is on the copy alone'],
    ['a blob that is cut short', 'PUT', '2026/invoice-3.json', '{"total":3', 'has another length on the copy'],
  ])('is red on %s, and names it', async (_, method, name, text, words) => {
    await plant(method, name, text);
    const { code, message } = await red(blobCompare, sides);
    expect(code).toBe('check-failed');
    expect(message).toContain(`${name} ${words}`);
    expect(message).toContain('3 looks');
    if (name === 'stranger') await plant('DELETE', name);
    else await plant('PUT', name, JSON.stringify({ total: 3, who: 'Ann' }));
    await check(blobCompare, sides);
  });

  it('is not red over what is written between the looks at both sides, however long the way to the copy is', async () => {
    const slow = await openLink({ targetPort: store.front.port, latencyMs: 300, bandwidthKbps: null });
    const { connection } = store.world;
    const far = { 'docs-secondary.blob.core.windows.net': { host: '127.0.0.1', port: slow.port } };
    const world = { ...store.world, connection: { ...connection, hosts: { ...connection.hosts, ...far } } };
    const written: string[] = [];
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        const name = `stream/${written.length}`;
        await put(docs, name, 'x');
        written.push(name);
        await new Promise((settle) => setTimeout(settle, 200));
      }
    })();
    const stream = { primary: { ...DOCS, prefix: 'stream/' }, copy: { ...COPY, prefix: 'stream/' } };
    const given = { ...stream, settledBefore: 'PT2S' } as never;
    try {
      const { observed } = (await startAndObserve(blobCompare, given, contextOf(world))) as { observed: string };
      expect(observed).toMatch(/^[1-9]\d* blobs of \d+ bytes equal; [1-9]\d* newer left out/);
    } finally {
      isOver = true;
      await writing;
      await slow.close();
      for (const name of written) await docs.container.deleteBlob(name);
      await copied();
    }
  });

  it('is red when the copy stands still, and when nobody can tell', async () => {
    store.links.change(['west', 'north'], { cut: true });
    await new Promise((settle) => setTimeout(settle, 3500));
    expect((await red(blobCompare, { ...sides, maxLag: 'PT1S' })).message).toContain(
      'the copy is stale: its last sync',
    );
    store.links.change(['west', 'north'], { cut: false });
    await copied();
    const fresh = blobCompare.input.safeParse({ primary: DOCS, copy: BARE, maxLag: 'PT1S' });
    expect(fresh.error?.message).toContain('secondary endpoint');
  });

  it('compares two accounts, and names a container that is not there', async () => {
    const across = { primary: DOCS, copy: BARE, settledBefore: 'PT0S' };
    expect((await red(blobCompare, across)).message).toContain('the copy has no such container');
    await bare.container.create();
    for (let at = 0; at < 20; at++)
      await put(bare, `2026/invoice-${at}.json`, JSON.stringify({ total: at, who: 'Ann' }));
    expect((await red(blobCompare, across)).message).toContain('empty is missing on the copy');
    await check(blobCompare, { ...across, primary: { ...DOCS, prefix: '2026/' }, copy: { ...BARE, prefix: '2026/' } });
  });

  it('holds a container to a manifest as sha256sum writes it', async () => {
    const line = (at: number) => {
      const text = JSON.stringify({ total: at, who: 'Ann' });
      return `${createHash('sha256').update(text).digest('hex')}  2026/invoice-${at}.json\n`;
    };
    const lines = Array.from({ length: 20 }, (_, at) => line(at));
    await put(bare, 'SHA256SUMS', lines.join(''));
    const given = { manifest: { ...BARE, blob: 'SHA256SUMS' }, copy: BARE, minimumBlobs: 20 };
    expect((await check(blobCompare, given)).observed).toMatch(/^20 blobs/);
    await put(bare, '2026/invoice-3.json', '{"total":3,"who":"Bnn"}');
    expect((await red(blobCompare, given)).message).toContain('2026/invoice-3.json has another content');
    await put(bare, 'SHA256SUMS', 'no digest  at all\n');
    expect((await red(blobCompare, given)).message).toContain('expected line 1 of the manifest');
  });

  it.each([
    { primary: DOCS, copy: DOCS },
    { copy: COPY },
    { primary: DOCS, manifest: { ...BARE, blob: 'm' }, copy: COPY },
  ])('refuses the input %j', (given) => expect(blobCompare.input.safeParse(given).success).toBe(false));
});
