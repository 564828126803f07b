import { StorageManagementClient } from '@azure/arm-storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection, TOKEN } from './plane-under-test.ts';

const GROUP = 'rg-orders-shared';
const NAME = 'ordersdocs';
const RESTORABLE = {
  isVersioningEnabled: true,
  changeFeed: { enabled: true },
  deleteRetentionPolicy: { enabled: true, days: 14 },
  restorePolicy: { enabled: true, days: 7 },
};
const RANGES = [{ startRange: 'papers/a', endRange: '' }];

describe('the blob service of an account, driven by the Azure SDK', () => {
  let twin: PlaneUnderTest;
  let client: StorageManagementClient;
  beforeEach(async () => {
    twin = await planeUnderTest({ operations: { 'POST Microsoft.Storage/storageAccounts/restoreBlobRanges': 300 } });
    client = new StorageManagementClient(
      { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      twin.world.subscription,
      {
        endpoint: twin.control.endpoint,
        tlsOptions: { ca: twin.certificates.authority },
        credentials: { scopes: ['https://management.azure.com/.default'] },
      },
    );
  });
  afterEach(() => twin.close());
  const restore = (timeToRestore = new Date()) =>
    client.storageAccounts.restoreBlobRanges(GROUP, NAME, { timeToRestore, blobRanges: RANGES });

  it('restores nothing before it is switched on, and is switched on with all that Azure demands', async () => {
    expect(await rejection(restore())).toMatchObject({ code: 'BlobRestoreNotEnabled', statusCode: 409 });
    const { changeFeed: _, ...less } = RESTORABLE;
    expect(await rejection(client.blobServices.setServiceProperties(GROUP, NAME, less))).toMatchObject({
      code: 'InvalidRequestContent',
    });
    await client.blobServices.setServiceProperties(GROUP, NAME, RESTORABLE);
    const service = await client.blobServices.getServiceProperties(GROUP, NAME);
    expect(service).toMatchObject({ isVersioningEnabled: true, restorePolicy: { enabled: true, days: 7 } });
    expect(service.restorePolicy?.minRestoreTime).toEqual(new Date(1_700_000_000_000));
    await client.blobServices.setServiceProperties(GROUP, NAME, { isVersioningEnabled: false });
    expect(await rejection(restore())).toMatchObject({ code: 'BlobRestoreNotEnabled' });
  });

  it('restores ranges to an instant, polled to its end, and the account tells of it', async () => {
    await client.blobServices.setServiceProperties(GROUP, NAME, RESTORABLE);
    const at = new Date();
    const done = await restore(at);
    expect(done).toMatchObject({ status: 'Complete', parameters: { timeToRestore: at, blobRanges: RANGES } });
    const account = await client.storageAccounts.getProperties(GROUP, NAME, { expand: 'blobRestoreStatus' });
    expect(account.blobRestoreStatus).toMatchObject({ status: 'Complete', restoreId: done.restoreId });
    expect(twin.plane.asked.at(-1)).toBe(`restoreRanges ${NAME} ${at.toISOString()} [papers/a,)`);
  });

  it('refuses instants that it does not know, a second restore, and a failover meanwhile', async () => {
    await client.blobServices.setServiceProperties(GROUP, NAME, RESTORABLE);
    for (const at of [new Date(1_600_000_000_000), new Date(Date.now() + 60_000)])
      expect(await rejection(restore(at))).toMatchObject({ code: 'InvalidRequestContent' });
    const running = restore();
    const status = async () =>
      (await client.storageAccounts.getProperties(GROUP, NAME, { expand: 'blobRestoreStatus' })).blobRestoreStatus
        ?.status;
    await expect.poll(status).toBe('InProgress');
    const busy = { code: 'StorageAccountOperationInProgress' };
    expect(await rejection(restore())).toMatchObject(busy);
    expect(await rejection(client.storageAccounts.failover(GROUP, NAME))).toMatchObject(busy);
    await running;
  });

  it('says Failed when the restore did not come to its end', async () => {
    await client.blobServices.setServiceProperties(GROUP, NAME, RESTORABLE);
    twin.plane.failing.set('restoreRanges', new Error('the store is gone'));
    await rejection(restore());
    const account = await client.storageAccounts.getProperties(GROUP, NAME, { expand: 'blobRestoreStatus' });
    expect(account.blobRestoreStatus?.status).toBe('Failed');
  });

  it('has containers whose retention is set, locked and then only extended', async () => {
    const { blobContainers } = client;
    const target = [GROUP, NAME, 'papers'] as const;
    expect(await blobContainers.get(...target)).toMatchObject({ hasImmutabilityPolicy: false, hasLegalHold: false });
    expect(await rejection(blobContainers.get(GROUP, NAME, 'nothing'))).toMatchObject({ code: 'ContainerNotFound' });
    const set = (days: number) =>
      blobContainers.createOrUpdateImmutabilityPolicy(...target, {
        parameters: { immutabilityPeriodSinceCreationInDays: days, allowProtectedAppendWrites: true },
      });
    const first = await set(3);
    expect(first).toMatchObject({
      immutabilityPeriodSinceCreationInDays: 3,
      state: 'Unlocked',
      allowProtectedAppendWrites: true,
    });
    expect(await rejection(blobContainers.lockImmutabilityPolicy(...target, '"old"'))).toMatchObject({
      statusCode: 412,
    });
    const locked = await blobContainers.lockImmutabilityPolicy(...target, first.etag ?? '');
    expect(locked.state).toBe('Locked');
    const refused = { code: 'OperationNotAllowedOnImmutabilityPolicy' };
    expect(await rejection(set(1))).toMatchObject(refused);
    expect(await rejection(blobContainers.deleteImmutabilityPolicy(...target, locked.etag ?? ''))).toMatchObject(
      refused,
    );
    const extend = (days: number) =>
      blobContainers.extendImmutabilityPolicy(...target, '*', {
        parameters: { immutabilityPeriodSinceCreationInDays: days },
      });
    expect(await rejection(extend(2))).toMatchObject(refused);
    expect((await extend(5)).immutabilityPeriodSinceCreationInDays).toBe(5);
    expect(twin.plane.storage.policies(NAME).get('papers')?.retention).toMatchObject({ days: 5, isLocked: true });
    await client.blobServices.setServiceProperties(GROUP, NAME, RESTORABLE);
    expect(await rejection(restore())).toMatchObject({ code: 'BlobRestoreNotAllowed' });
  });

  it('has containers with a legal hold of several tags, each set and cleared alone', async () => {
    const { blobContainers } = client;
    const target = [GROUP, NAME, 'papers'] as const;
    await blobContainers.setLegalHold(...target, { tags: ['case1'] });
    expect(await blobContainers.setLegalHold(...target, { tags: ['case2', 'case1'] })).toMatchObject({
      hasLegalHold: true,
      tags: ['case1', 'case2'],
    });
    await blobContainers.clearLegalHold(...target, { tags: ['case1'] });
    expect((await blobContainers.get(...target)).hasLegalHold).toBe(true);
    expect((await blobContainers.clearLegalHold(...target, { tags: ['case2'] })).hasLegalHold).toBe(false);
  });
});
