// The blob journal on a storage account of a twin: signed in with its token over HTTPS, and its record in an immutable container.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBlobStore } from '../../../src/journal/blob/blob.ts';
import { parseBlobPlace } from '../../../src/journal/blob/place.ts';
import { tokenIdentity } from '../../../src/providers/arm/credential.ts';
import { blobAgent } from '../../../src/providers/blob/blob-service.ts';
import { aborted, at, failsWith, newRun, playProcesses } from '../../journal/suite.ts';
import { rejection, TOKEN } from '../../providers/world-builder.ts';
import { type StorageUnderTest, storageUnderTest } from './storage-under-test.ts';

let twin: StorageUnderTest;
beforeAll(async () => {
  twin = await storageUnderTest();
});
afterAll(() => twin?.close());

describe('a journal in an immutable container', () => {
  it('is written, rolled over, taken over and closed under a policy that protects appends', async () => {
    const containers = await Promise.all(['drills', 'drills-desk'].map((name) => twin.container('docs', name)));
    for (const { container } of containers) await container.create();
    const retention = { days: 1, isLocked: true, allowsAppends: true, etag: '"1"' };
    twin.storage.policies('docs').set('drills', { retention, legalHold: [] });
    const agent = blobAgent(twin.world);
    const place = parseBlobPlace('https://docs.blob.core.windows.net/drills/orders');
    const access = { credential: tokenIdentity(TOKEN), agent };
    const processes = playProcesses();
    const open = (pid: number) => openBlobStore({ place, access, writers: processes.as(pid), limits: { blocks: 3 } });
    const store = await open(1);
    try {
      const journal = await store.create(newRun('run-1'), at(0, aborted('0')));
      for (let round = 1; round <= 5; round++) await journal.append([at(round, aborted(String(round)))]);
      await journal.keepHandle('promote', 1, 'https://secret');
      await store.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
      processes.kill(1);
      const next = await (await open(2)).take('run-1');
      await expect(journal.append([at(6, aborted('late'))])).rejects.toEqual(failsWith('fenced'));
      expect(await next.handle('promote', 1)).toBe('https://secret');
      const [command] = await next.commands();
      await next.taken(command?.id ?? 0);
      await next.append([at(6, aborted('6'))]);
      await next.release('aborted');
      expect(await store.events('run-1')).toHaveLength(7);
      expect(await store.runs()).toMatchObject([{ run: 'run-1', outcome: 'aborted', writer: null }]);
      // The policy holds: what is on record stays.
      const immutable = { code: 'BlobImmutableDueToPolicy' };
      const record = containers[0]?.container.getBlobClient('orders/run-1/plan.json');
      expect(await rejection(record?.delete() ?? Promise.resolve())).toMatchObject(immutable);
    } finally {
      await store.close();
      agent.destroy();
      for (const one of containers) one.close();
    }
  });

  it('that does not let appends through refuses the run before anything is done', async () => {
    const retention = { days: 1, isLocked: true, allowsAppends: false, etag: '"1"' };
    twin.storage.policies('docs').set('drills', { retention, legalHold: [] });
    const agent = blobAgent(twin.world);
    const place = parseBlobPlace('https://docs.blob.core.windows.net/drills/orders');
    const store = await openBlobStore({ place, access: { credential: tokenIdentity(TOKEN), agent } });
    try {
      await expect(store.create(newRun('run-2'), at(0, aborted('a')))).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('409 BlobImmutableDueToPolicy'),
      });
      expect(await store.find('run-2')).toBeUndefined();
    } finally {
      await store.close();
      agent.destroy();
    }
  });
});
