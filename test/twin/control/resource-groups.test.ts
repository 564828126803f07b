import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection } from './plane-under-test.ts';

describe('resource groups, driven by the Azure SDK', () => {
  let twin: PlaneUnderTest;
  beforeEach(async () => {
    twin = await planeUnderTest();
  });
  afterEach(() => twin.close());
  const groups = () => twin.resources.resourceGroups;

  it('are created, read, looked for and deleted', async () => {
    const made = await groups().createOrUpdate('rg-drill', { location: 'westeurope', tags: { drill: 'yes' } });
    expect(made).toMatchObject({
      name: 'rg-drill',
      location: 'westeurope',
      tags: { drill: 'yes' },
      properties: { provisioningState: 'Succeeded' },
    });
    expect((await groups().get('RG-DRILL')).id).toBe(
      `/subscriptions/${twin.world.subscription}/resourceGroups/rg-drill`,
    );
    expect(await groups().checkExistence('rg-drill')).toMatchObject({ body: true });
    await groups().delete('rg-drill');
    expect(await groups().checkExistence('rg-drill')).toMatchObject({ body: false });
    expect(await rejection(groups().get('rg-drill'))).toMatchObject({ code: 'ResourceGroupNotFound', statusCode: 404 });
  });

  it('are listed over several pages, and by tag', async () => {
    const names = Array.from({ length: 23 }, (_, nth) => `rg-many-${nth}`);
    for (const name of names)
      await groups().createOrUpdate(name, {
        location: 'northeurope',
        tags: name.endsWith('7') ? { odd: 'seven' } : {},
      });
    const listed = (await Array.fromAsync(groups().list())).map(({ name }) => name);
    expect(listed).toEqual(['rg-orders-weu', 'rg-orders-neu', 'rg-orders-shared', ...names]);
    const lists = (await twin.send('GET', '/twin/log')).body.filter(({ path }: { path: string }) =>
      /resourcegroups$/i.test(path),
    );
    expect(lists).toHaveLength(3);
    const tagged = await Array.fromAsync(groups().list({ filter: "tagName eq 'odd' and tagValue eq 'seven'" }));
    expect(tagged.map(({ name }) => name)).toEqual(['rg-many-7', 'rg-many-17']);
    expect(await rejection(Array.fromAsync(groups().list({ filter: 'name eq 1' })))).toMatchObject({
      code: 'InvalidFilterInQueryString',
    });
  });

  it('show what lies in them', async () => {
    const inside = async (group: string) =>
      (await Array.fromAsync(twin.resources.resources.listByResourceGroup(group))).map(({ type, name, location }) => [
        type,
        name,
        location,
      ]);
    expect(await inside('rg-orders-weu')).toEqual([
      ['Microsoft.DBforPostgreSQL/flexibleServers', 'orders-db-weu', 'westeurope'],
      ['Microsoft.Web/sites', 'orders-shop-weu', 'westeurope'],
    ]);
    expect(await inside('rg-orders-shared')).toEqual([
      ['Microsoft.Storage/storageAccounts', 'ordersdocs', 'westeurope'],
      ['Microsoft.Network/trafficManagerProfiles', 'orders-tm', 'global'],
    ]);
    expect(await Array.fromAsync(twin.resources.resources.list())).toHaveLength(6);
    expect(await rejection(inside('rg-nowhere'))).toMatchObject({ code: 'ResourceGroupNotFound' });
  });

  it('are deleted with what is in them, through the services that keep it', async () => {
    await groups().createOrUpdate('rg-drill', { location: 'northeurope' });
    const [primary] = await Array.fromAsync(twin.postgres.servers.listByResourceGroup('rg-orders-weu'));
    await twin.postgres.servers.beginCreateOrUpdateAndWait('rg-drill', 'orders-db-new', {
      location: 'northeurope',
      createMode: 'Replica',
      sourceServerResourceId: primary?.id ?? '',
    });
    await groups().delete('rg-drill');
    expect(await groups().checkExistence('rg-drill')).toMatchObject({ body: false });
    expect(twin.plane.asked).toContain('remove orders-db-new');
    expect((await Array.fromAsync(twin.postgres.servers.listBySubscription())).map(({ name }) => name)).not.toContain(
      'orders-db-new',
    );
  });

  it('are not deleted while they hold what this twin cannot remove', async () => {
    const error = await rejection(Promise.resolve(groups().delete('rg-orders-weu')));
    expect(error).toMatchObject({ code: 'ResourceGroupDeletionBlocked', statusCode: 409 });
    expect(error.message).toContain('orders-shop-weu');
    expect((await groups().get('rg-orders-weu')).properties?.provisioningState).toBe('Succeeded');
  });

  it.each([
    ['rg-new', { location: 'mars' }, 'LocationNotAvailableForResourceGroup'],
    ['rg-orders-weu', { location: 'northeurope' }, 'InvalidResourceGroupLocation'],
    ['rg-ends-with-dot.', { location: 'westeurope' }, 'InvalidResourceGroup'],
  ])('refuse to be %s with %o', async (name, body, code) => {
    expect(await rejection(groups().createOrUpdate(name, body))).toMatchObject({ code });
  });
});
