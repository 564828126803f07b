import { StorageManagementClient } from '@azure/arm-storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection, TOKEN } from './plane-under-test.ts';

const GROUP = 'rg-orders-shared';
const NAME = 'ordersdocs';
const SCOPE = 'https://management.azure.com/.default';
const FAILOVER = 'POST Microsoft.Storage/storageAccounts/failover';

describe('storage accounts, driven by the Azure SDK', () => {
  let twin: PlaneUnderTest;
  beforeEach(async () => {
    twin = await planeUnderTest({ operations: { [FAILOVER]: 300 } });
  });
  afterEach(() => twin.close());
  const client = (more: object = {}) =>
    new StorageManagementClient(
      { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      twin.world.subscription,
      {
        endpoint: twin.control.endpoint,
        tlsOptions: { ca: twin.certificates.authority },
        credentials: { scopes: [SCOPE] },
        ...more,
      },
    );
  const read = () => client().storageAccounts.getProperties(GROUP, NAME, { expand: 'geoReplicationStats' });

  it('are shown with where they are, how far their copy is, and both endpoints', async () => {
    expect(await read()).toMatchObject({
      name: NAME,
      kind: 'StorageV2',
      sku: { name: 'Standard_RAGRS' },
      primaryLocation: 'westeurope',
      secondaryLocation: 'northeurope',
      statusOfPrimary: 'available',
      primaryEndpoints: { blob: `https://${NAME}.blob.core.windows.net/` },
      secondaryEndpoints: { blob: `https://${NAME}-secondary.blob.core.windows.net/` },
      // The resolution is one second, and it never says more than is there.
      geoReplicationStats: { status: 'Live', lastSyncTime: new Date(1_700_000_000_000), canFailover: true },
    });
    const plain = await client().storageAccounts.getProperties(GROUP, NAME);
    expect(plain.geoReplicationStats).toBeUndefined();
  });

  it('are listed by subscription and by group', async () => {
    const names = async (pages: AsyncIterable<{ name?: string }>) =>
      (await Array.fromAsync(pages)).map(({ name }) => name);
    expect(await names(client().storageAccounts.list())).toEqual([NAME]);
    expect(await names(client().storageAccounts.listByResourceGroup(GROUP.toUpperCase()))).toEqual([NAME]);
    expect(await names(client().storageAccounts.listByResourceGroup('rg-orders-weu'))).toEqual([]);
    expect(await rejection(names(client().storageAccounts.listByResourceGroup('rg-nowhere')))).toMatchObject({
      code: 'ResourceGroupNotFound',
    });
    expect(await rejection(client().storageAccounts.getProperties(GROUP, 'nobody'))).toMatchObject({
      code: 'ResourceNotFound',
      statusCode: 404,
    });
  });

  it('are locally redundant in their other region after an unplanned failover that was polled to its end', async () => {
    const ending = client().storageAccounts.failover(GROUP, NAME);
    await expect.poll(async () => (await read()).failoverInProgress).toBe(true);
    await ending;
    const account = await read();
    expect(account).toMatchObject({ sku: { name: 'Standard_LRS' }, primaryLocation: 'northeurope' });
    expect([account.secondaryLocation, account.failoverInProgress, account.geoReplicationStats]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(twin.plane.asked).toEqual([`failover ${NAME} unplanned`]);
    expect((await twin.send('GET', '/twin/operations')).body).toMatchObject([
      { operation: `${FAILOVER} [unplanned]`, status: 'Succeeded', recordedMs: null, faster: false },
    ]);
  });

  it('change places in a planned failover, and stay geo-redundant', async () => {
    await client().storageAccounts.failover(GROUP, NAME, { failoverType: 'Planned' });
    expect(await read()).toMatchObject({
      sku: { name: 'Standard_RAGRS' },
      primaryLocation: 'northeurope',
      secondaryLocation: 'westeurope',
    });
  });

  it('are made geo-redundant again with the region that their world pairs them with', async () => {
    await client().storageAccounts.failover(GROUP, NAME);
    const patched = await client().storageAccounts.update(GROUP, NAME, { sku: { name: 'Standard_RAGRS' } });
    expect(patched).toMatchObject({ sku: { name: 'Standard_RAGRS' }, secondaryLocation: 'westeurope' });
    await expect.poll(async () => (await read()).geoReplicationStats?.status).toBe('Live');
    expect(twin.plane.asked).toContain(`replicate ${NAME} westeurope`);
  });

  it('are failed over once: a second request is refused, and so is one without a secondary or with a lost region', async () => {
    const ending = client().storageAccounts.failover(GROUP, NAME);
    await expect.poll(async () => (await read()).failoverInProgress).toBe(true);
    const again = await rejection(client().storageAccounts.failover(GROUP, NAME));
    expect(again).toMatchObject({ code: 'StorageAccountOperationInProgress', statusCode: 409 });
    await ending;
    expect(await rejection(client().storageAccounts.failover(GROUP, NAME))).toMatchObject({
      code: 'AccountFailoverNotAllowed',
    });
    expect((await twin.send('GET', '/twin/operations')).body).toHaveLength(1);
  });

  it('are failed over without their lost primary, but not by plan', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'region-outage', region: 'westeurope' });
    expect((await read()).statusOfPrimary).toBe('unavailable');
    const planned = client().storageAccounts.failover(GROUP, NAME, { failoverType: 'Planned' });
    expect(await rejection(planned)).toMatchObject({ code: 'AccountFailoverNotAllowed' });
    await client().storageAccounts.failover(GROUP, NAME);
    expect((await read()).primaryLocation).toBe('northeurope');
  });

  it('lose the reply of a failover that started: one operation, and a client that sends again is refused', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'lost-reply', match: 'POST *failover' });
    await twin.send('POST', '/twin/faults', { fault: 'slow-operation', match: 'POST *failover', addMs: 2000 });
    // The client sends a request again by itself whose reply was lost: this is what must not start a second failover.
    const error = await rejection(client().storageAccounts.failover(GROUP, NAME));
    expect(error).toMatchObject({ code: 'StorageAccountOperationInProgress' });
    expect((await twin.send('GET', '/twin/operations')).body).toHaveLength(1);
  });

  it('stand in the status of the twin', async () => {
    expect((await twin.send('GET', '/twin/status')).body.accounts).toEqual([
      {
        id: `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.Storage/storageAccounts/${NAME}`,
        name: NAME,
        primary: 'westeurope',
        secondary: 'northeurope',
        failingOver: false,
        lastSyncAt: 1_700_000_000_500,
      },
    ]);
  });
});
