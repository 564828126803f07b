import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from './plane-under-test.ts';
import { type ServicesUnderTest, servicesUnderTest } from './services-under-test.ts';

const ACCOUNT = ['rg-orders-weu', 'orders-cosmos'] as const;
const SOON = { updateIntervalInMs: 50 };
const priorities = (...regions: readonly string[]) => ({
  failoverPolicies: regions.map((locationName, failoverPriority) => ({ locationName, failoverPriority })),
});

describe('Cosmos DB accounts, driven by the Azure SDK', () => {
  let twin: ServicesUnderTest;
  beforeEach(async () => {
    twin = await servicesUnderTest();
  });
  afterEach(() => twin.close());
  const get = () => twin.cosmos.databaseAccounts.get(...ACCOUNT);
  const writer = async () => (await get()).writeLocations?.map(({ locationName }) => locationName);
  const path = (action: string) =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/rg-orders-weu/providers/Microsoft.DocumentDB/databaseAccounts/orders-cosmos/${action}?api-version=2026-03-15`;
  const change = (...regions: readonly string[]) =>
    twin.cosmos.databaseAccounts.failoverPriorityChange(...ACCOUNT, priorities(...regions), SOON);

  it('shows an account with its regions in order', async () => {
    expect(await get()).toMatchObject({
      name: 'orders-cosmos',
      location: 'West Europe',
      provisioningState: 'Succeeded',
      writeLocations: [{ locationName: 'West Europe', failoverPriority: 0 }],
      readLocations: [{ locationName: 'West Europe' }, { locationName: 'North Europe', failoverPriority: 1 }],
      failoverPolicies: [{ id: 'orders-cosmos-westeurope' }, { id: 'orders-cosmos-northeurope' }],
    });
    expect(await Array.fromAsync(twin.cosmos.databaseAccounts.list())).toHaveLength(1);
    expect(await Array.fromAsync(twin.cosmos.databaseAccounts.listByResourceGroup('rg-orders-neu'))).toEqual([]);
  });

  it('changes who writes, and back', async () => {
    await change('northeurope', 'westeurope');
    expect(await writer()).toEqual(['North Europe']);
    await change('West Europe', 'North Europe');
    expect(await writer()).toEqual(['West Europe']);
    expect(await twin.journal()).toMatchObject([
      { operation: 'POST Microsoft.DocumentDB/databaseAccounts/failoverPriorityChange', recordedMs: 61_000 },
      { status: 'Succeeded' },
    ]);
  });

  it('is Enqueued, then Dequeued, then Succeeded', async () => {
    await twin.fault({ fault: 'slow-operation', match: 'POST *failoverPriorityChange', times: 1, addMs: 3500 });
    const started = await twin.send('POST', path('failoverPriorityChange'), priorities('northeurope', 'westeurope'));
    expect(started).toMatchObject({ status: 202, body: { status: 'Enqueued' } });
    const watch = String(started.headers['azure-asyncoperation']);
    expect(watch).toContain('/providers/Microsoft.DocumentDB/locations/westeurope/operationsStatus/');
    expect((await get()).provisioningState).toBe('Updating');
    const seen: string[] = [];
    const poll = async () => {
      const { body } = await twin.send('GET', watch.slice(twin.control.endpoint.length));
      if (seen.at(-1) !== body.status) seen.push(body.status);
      return body.status;
    };
    await expect.poll(poll).toBe('Succeeded');
    expect(seen.slice(-2)).toEqual(['Dequeued', 'Succeeded']);
    expect((await get()).provisioningState).toBe('Succeeded');
  });

  it.each([[['northeurope']], [['northeurope', 'northeurope']], [['northeurope', 'eastus']], [[]]])(
    'refuses the priorities %j',
    async (regions) => {
      const refused = await rejection(change(...regions));
      expect(refused).toMatchObject({ statusCode: 400, code: 'BadRequest' });
      expect(await twin.journal()).toEqual([]);
    },
  );

  it('refuses a second change while one is at work', async () => {
    await twin.slow('POST *failoverPriorityChange');
    const first = change('northeurope', 'westeurope');
    await first.submitted();
    expect(await rejection(change('westeurope', 'northeurope'))).toMatchObject({ statusCode: 409, code: 'Conflict' });
    await first;
  });

  it('cannot change the order while a region is lost, but takes that region offline and back', async () => {
    await twin.outage('westeurope');
    const refused = await rejection(change('northeurope', 'westeurope'));
    expect(refused.message).toContain('West Europe');
    expect(await writer()).toEqual(['West Europe']);
    const { databaseAccounts } = twin.cosmos;
    await databaseAccounts.offlineRegion(...ACCOUNT, { region: 'West Europe' }, SOON);
    expect(await writer()).toEqual(['North Europe']);
    expect((await get()).readLocations).toHaveLength(1);
    const online = databaseAccounts.onlineRegion(...ACCOUNT, { region: 'westeurope' }, SOON);
    expect((await rejection(Promise.resolve(online))).message).toContain('not available');
    await twin.send('DELETE', '/twin/faults/region-outage/westeurope');
    await databaseAccounts.onlineRegion(...ACCOUNT, { region: 'westeurope' }, SOON);
    expect((await get()).readLocations).toHaveLength(2);
    expect(await writer()).toEqual(['North Europe']);
    const statuses = (await twin.journal()).map(({ status }) => status);
    expect(statuses).toEqual(['Failed', 'Succeeded', 'Failed', 'Succeeded']);
  });

  it('keeps one region online', async () => {
    await twin.cosmos.databaseAccounts.offlineRegion(...ACCOUNT, { region: 'northeurope' }, SOON);
    const last = twin.cosmos.databaseAccounts.offlineRegion(...ACCOUNT, { region: 'westeurope' }, SOON);
    expect(await rejection(Promise.resolve(last))).toMatchObject({ statusCode: 400 });
    const other = twin.cosmos.databaseAccounts.offlineRegion(...ACCOUNT, { region: 'eastus' }, SOON);
    expect(await rejection(Promise.resolve(other))).toMatchObject({ statusCode: 400 });
  });
});
