import { ManagementLockClient } from '@azure/arm-locks';
import { MonitorClient } from '@azure/arm-monitor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection, TOKEN } from '../plane-under-test.ts';

const SCOPE = 'https://management.azure.com/.default';
const GROUP = 'rg-orders-shared';

describe('locks, tags and the activity log, driven by the Azure SDKs', () => {
  let twin: PlaneUnderTest;
  let locks: ManagementLockClient;
  let monitor: MonitorClient;
  let group: string;
  beforeEach(async () => {
    twin = await planeUnderTest();
    const credential = { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const options = {
      endpoint: twin.control.endpoint,
      tlsOptions: { ca: twin.certificates.authority },
      credentials: { scopes: [SCOPE] },
    } as object;
    locks = new ManagementLockClient(credential, twin.world.subscription, options);
    monitor = new MonitorClient(credential, twin.world.subscription, options);
    group = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}`;
  });
  afterEach(() => twin.close());
  const groups = () => twin.resources.resourceGroups;
  const change = (ttl: number) => twin.traffic.profiles.update(GROUP, 'orders-tm', { dnsConfig: { ttl } });

  it('a lock against deletion lets changes through, and stands for what is around it', async () => {
    await groups().createOrUpdate('rg-drill', { location: 'westeurope' });
    const made = await locks.managementLocks.createOrUpdateAtResourceGroupLevel('rg-drill', 'keep', {
      level: 'CanNotDelete',
      notes: 'drill',
    });
    expect(made).toMatchObject({ name: 'keep', level: 'CanNotDelete', notes: 'drill' });
    const refused = await rejection(Promise.resolve(groups().delete('rg-drill')));
    expect(refused).toMatchObject({ code: 'ScopeLocked', statusCode: 409 });
    expect(refused.message).toContain('cannot perform delete operation');
    await groups().createOrUpdate('rg-drill', { location: 'westeurope', tags: { a: 'b' } });
    expect(await Array.fromAsync(locks.managementLocks.listAtResourceGroupLevel('rg-drill'))).toHaveLength(1);
    await locks.managementLocks.deleteAtResourceGroupLevel('rg-drill', 'keep');
    await groups().delete('rg-drill');
    expect((await groups().checkExistence('rg-drill')).body).toBe(false);
  });

  it('a read-only lock of a resource refuses changes of it, and the deletion of its group', async () => {
    const of = [GROUP, 'Microsoft.Network', '', 'trafficManagerProfiles', 'orders-tm'] as const;
    await locks.managementLocks.createOrUpdateAtResourceLevel(...of, 'still', { level: 'ReadOnly' });
    expect(await rejection(change(30))).toMatchObject({ code: 'ScopeLocked', statusCode: 409 });
    expect((await twin.traffic.profiles.get(GROUP, 'orders-tm')).dnsConfig?.ttl).toBe(10);
    expect(await rejection(Promise.resolve(groups().delete(GROUP)))).toMatchObject({ code: 'ScopeLocked' });
    expect((await locks.managementLocks.getAtResourceLevel(...of, 'still')).level).toBe('ReadOnly');
    await locks.managementLocks.deleteAtResourceLevel(...of, 'still');
    await change(30);
    const nowhere = [GROUP, 'Microsoft.Network', '', 'trafficManagerProfiles', 'none'] as const;
    expect(
      await rejection(locks.managementLocks.createOrUpdateAtResourceLevel(...nowhere, 'x', { level: 'ReadOnly' })),
    ).toMatchObject({ code: 'ResourceNotFound' });
  });

  it.each(['', '/providers/Microsoft.Network/trafficManagerProfiles/orders-tm'])(
    'tags of the scope group%s are merged, replaced and deleted',
    async (resource) => {
      const scope = `${group}${resource}`.slice(1);
      const { tagsOperations: tags } = twin.resources;
      const update = async (operation: string, given: Record<string, string>) =>
        (await tags.updateAtScope(scope, { operation, properties: { tags: given } })).properties.tags;
      expect(await update('Merge', { a: '1', b: '2' })).toEqual({ a: '1', b: '2' });
      expect(await update('Merge', { b: '3' })).toEqual({ a: '1', b: '3' });
      expect(await update('Delete', { a: '1', b: 'other' })).toEqual({ b: '3' });
      expect(await update('Replace', { c: '4' })).toEqual({ c: '4' });
      expect((await tags.getAtScope(scope)).properties.tags).toEqual({ c: '4' });
      const shown = resource === '' ? await groups().get(GROUP) : await twin.traffic.profiles.get(GROUP, 'orders-tm');
      expect(shown.tags).toEqual({ c: '4' });
    },
  );

  it('the activity log shows each mutation with its ids, and how its operation ended', async () => {
    const from = new Date(Date.now() - 60_000).toISOString();
    const events = (filter: string) =>
      Array.fromAsync(monitor.activityLogs.list(`eventTimestamp ge '${from}'${filter}`));
    await change(30);
    await groups().createOrUpdate('rg-drill', { location: 'westeurope' });
    await twin.send(
      'DELETE',
      `/subscriptions/${twin.world.subscription}/resourcegroups/rg-drill?api-version=2025-04-01`,
      undefined,
      {
        'x-ms-client-request-id': 'client-9',
        'x-ms-correlation-request-id': 'together-9',
      },
    );
    await expect.poll(async () => (await groups().checkExistence('rg-drill')).body).toBe(false);
    await expect.poll(async () => (await events(" and resourceGroupName eq 'rg-drill'")).length).toBe(3);
    const drill = await events(" and resourceGroupName eq 'rg-drill'");
    expect(drill.map(({ operationName, status }) => [operationName?.value, status?.value])).toEqual([
      ['Microsoft.Resources/subscriptions/resourceGroups/delete', 'Succeeded'],
      ['Microsoft.Resources/subscriptions/resourceGroups/delete', 'Accepted'],
      ['Microsoft.Resources/subscriptions/resourceGroups/write', 'Succeeded'],
    ]);
    expect(drill[1]).toMatchObject({
      correlationId: 'together-9',
      httpRequest: { clientRequestId: 'client-9', method: 'DELETE' },
    });
    const [one] = await events(
      ` and resourceUri eq '${group}/providers/Microsoft.Network/trafficManagerProfiles/orders-tm'`,
    );
    expect(one?.operationName?.value).toMatch(/^Microsoft\.Network\/trafficManagerProfiles\/write$/i);
    await rejection(Promise.resolve(groups().delete('rg-orders-weu')));
    expect((await events(" and resourceGroupName eq 'rg-orders-weu'"))[0]).toMatchObject({
      status: { value: 'Failed' },
      subStatus: { value: 'ResourceGroupDeletionBlocked' },
    });
    expect(await rejection(Array.fromAsync(monitor.activityLogs.list("level eq 'Error'")))).toMatchObject({
      statusCode: 400,
    });
  });
});
