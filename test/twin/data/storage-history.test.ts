// Versions, point-in-time restore and immutability, on real stores and by the unmodified client.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenContainer } from '../../../src/providers/blob/blob-service.ts';
import { createVersions } from '../../../src/twin/data/storage/versions.ts';
import { rejection } from '../../providers/world-builder.ts';
import { type StorageUnderTest, storageUnderTest } from './storage-under-test.ts';

const EVERYTHING = [{ startRange: '', endRange: '' }];
let store: StorageUnderTest;
let docs: OpenContainer;
const signal = () => AbortSignal.timeout(20_000);
const put = (name: string, text: string, more: object = {}) =>
  docs.container.getBlockBlobClient(name).upload(text, text.length, more);
const read = async (name: string) => (await docs.container.getBlobClient(name).downloadToBuffer()).toString();
const names = async () => (await Array.fromAsync(docs.container.listBlobsFlat())).map(({ name }) => name);
const moment = async () => {
  await sleep(5);
  const at = Date.now();
  await sleep(5);
  return at;
};

beforeAll(async () => {
  store = await storageUnderTest();
  docs = await store.container('docs');
  await docs.container.create();
  await put('before', 'as it was');
  await store.storage.setVersioning('docs', true, signal());
});
afterAll(async () => {
  docs?.close();
  await store?.close();
});

describe('versions of blobs', () => {
  it('get an id with each write, and can be read by it', async () => {
    const first = await put('a', 'one', { metadata: { nr: '1' } });
    const second = await put('a', 'two, longer');
    expect(first.versionId).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    const old = docs.container.getBlobClient('a').withVersion(first.versionId ?? '');
    expect((await old.downloadToBuffer()).toString()).toBe('one');
    expect((await old.getProperties()).metadata).toEqual({ nr: '1' });
    const now = docs.container.getBlobClient('a').withVersion(second.versionId ?? '');
    expect(await now.getProperties()).toMatchObject({ versionId: second.versionId, isCurrentVersion: true });
    expect(await docs.container.getBlobClient('a').withVersion('2020-01-01T00:00:00.0000000Z').exists()).toBe(false);
  });

  it('are listed, with the current one named, and a deleted blob has none', async () => {
    await put('list & me', 'one');
    await put('list & me', 'two');
    await put('list-gone', 'x');
    await docs.container.deleteBlob('list-gone');
    const pages = docs.container.listBlobsFlat({ includeVersions: true, includeMetadata: true, prefix: 'list' });
    const found = (await Array.fromAsync(pages)).map(({ name, isCurrentVersion, properties, versionId }) => ({
      name,
      isCurrentVersion: isCurrentVersion ?? false,
      length: properties.contentLength,
      isDated: /^2/.test(versionId ?? ''),
    }));
    const version = (name: string, isCurrentVersion: boolean, length: number) => ({
      name,
      isCurrentVersion,
      length,
      isDated: true,
    });
    expect(found).toEqual([
      version('list & me', false, 3),
      version('list & me', true, 3),
      version('list-gone', false, 1),
    ]);
    await docs.container.deleteBlob('list & me');
  });

  it('are kept within a limit: the oldest go, and with them the instants that can be restored', () => {
    const versions = createVersions(100, 10);
    const at = (instant: number, text: string) => ({ at: instant, content: Buffer.from(text), headers: {} });
    versions.add('c/a', at(200, 'aaaa'));
    versions.add('c/b', at(300, 'bbbb'));
    expect(versions.since()).toBe(100);
    versions.add('c/a', at(400, 'cccc'));
    expect([versions.since(), versions.at('c/a', 399)?.content, versions.at('c/a', 400)?.content?.toString()]).toEqual([
      400,
      undefined,
      'cccc',
    ]);
  });
});

describe('a point-in-time restore', () => {
  it('makes blobs what they were: changed, deleted and new ones, and what stood before versions were kept', async () => {
    await put('changed', 'right', { metadata: { by: 'Ann' } });
    await put('deleted', 'here');
    const block = docs.container.getBlockBlobClient('blocks');
    await block.stageBlock('AAAA', 'in blocks', 9);
    await block.commitBlockList(['AAAA']);
    const at = await moment();
    await put('changed', 'wrong');
    await docs.container.deleteBlob('deleted');
    await docs.container.deleteBlob('blocks');
    await docs.container.deleteBlob('before');
    await put('new', 'x');
    expect(await store.storage.restore('docs', at, EVERYTHING, signal())).toBe(5);
    expect([await read('changed'), await read('deleted'), await read('blocks'), await read('before')]).toEqual([
      'right',
      'here',
      'in blocks',
      'as it was',
    ]);
    expect((await docs.container.getBlobClient('changed').getProperties()).metadata).toEqual({ by: 'Ann' });
    expect(await names()).not.toContain('new');
    expect(await store.storage.restore('docs', at, EVERYTHING, signal())).toBe(0);
  });

  it('keeps to its ranges, and reaches the secondary as any write does', async () => {
    const at = await moment();
    for (const name of ['m', 'n', 'o']) await put(name, 'later');
    const ranges = [{ startRange: 'papers/m', endRange: 'papers/o' }];
    expect(await store.storage.restore('docs', at, ranges, signal())).toBe(2);
    expect(await names()).toEqual(expect.arrayContaining(['o']));
    expect(await names()).not.toEqual(expect.arrayContaining(['m']));
    const copy = await store.container('docs-secondary');
    const listed = async () => (await Array.fromAsync(copy.container.listBlobsFlat())).map(({ name }) => name);
    await expect.poll(listed).toEqual(await names());
    copy.close();
    expect(store.troubles).toEqual([]);
  });

  it('knows nothing of the time before a failover', async () => {
    const at = await moment();
    await store.storage.failover('docs', 'planned', signal());
    expect(store.storage.restorableSince('docs')).toBeGreaterThan(at);
    await put('after', 'one');
    const later = await moment();
    await put('after', 'two');
    expect(await store.storage.restore('docs', later, EVERYTHING, signal())).toBe(1);
    expect(await read('after')).toBe('one');
  });
});

describe('an immutable container', () => {
  const immutable = { code: 'BlobImmutableDueToPolicy', statusCode: 409 };
  const policy = (allowsAppends: boolean, legalHold: readonly string[] = [], days = 1) =>
    store.storage.policies('docs').set('worm', {
      retention: days === 0 ? undefined : { days, isLocked: false, allowsAppends, etag: '"1"' },
      legalHold,
    });

  it('takes new blobs, and lets none be changed or deleted within the retention', async () => {
    const worm = await store.container('docs', 'worm');
    await worm.container.create();
    const log = worm.container.getAppendBlobClient('log');
    await log.create();
    policy(false);
    const blob = worm.container.getBlockBlobClient('a');
    await blob.upload('one', 3);
    expect(await rejection(blob.upload('two', 3))).toMatchObject(immutable);
    expect(await rejection(blob.setMetadata({ a: 'b' }))).toMatchObject(immutable);
    expect(await rejection(blob.stageBlock('AAAA', 'x', 1))).toMatchObject(immutable);
    expect(await rejection(blob.delete())).toMatchObject(immutable);
    expect(await rejection(worm.container.delete())).toMatchObject(immutable);
    expect((await blob.downloadToBuffer()).toString()).toBe('one');
    expect(await rejection(log.appendBlock('x', 1))).toMatchObject(immutable);
    policy(true);
    await log.appendBlock('x', 1);
    expect(await rejection(log.delete())).toMatchObject(immutable);
    // Two that create the same blob at once: one of them.
    const both = await Promise.allSettled(
      ['x', 'y'].map((text) => worm.container.getBlockBlobClient('b').upload(text, 1)),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    worm.close();
  });

  it('is held by a legal hold until its last tag is cleared, appends included', async () => {
    const worm = await store.container('docs', 'worm');
    policy(true, ['case1'], 0);
    const log = worm.container.getAppendBlobClient('log');
    expect(await rejection(log.appendBlock('x', 1))).toMatchObject(immutable);
    expect(await rejection(worm.container.deleteBlob('a'))).toMatchObject(immutable);
    await worm.container.getBlockBlobClient('c').upload('new', 3);
    store.storage.policies('docs').delete('worm');
    await worm.container.deleteBlob('a');
    await worm.container.delete();
    worm.close();
  });
});
