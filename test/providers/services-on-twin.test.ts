// What checks and the inventory see of services that a twin keeps as records: asked through the real door, over HTTPS.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventory } from '../../src/providers/inventory.ts';
import { resourceAssert } from '../../src/providers/resource/resource-assert.ts';
import type { World } from '../../src/providers/world.ts';
import { TOKEN } from '../twin/control/plane-under-test.ts';
import { type ServicesUnderTest, servicesUnderTest } from '../twin/control/services-under-test.ts';
import { buildWorld, contextOf, rejection } from './world-builder.ts';

describe('services of a twin', () => {
  let twin: ServicesUnderTest;
  let world: World;
  beforeAll(async () => {
    twin = await servicesUnderTest();
    const authority = twin.certificates.authority;
    world = buildWorld({ connection: { armEndpoint: twin.control.endpoint, token: TOKEN, authority } });
  });
  afterAll(() => twin.close());
  const idOf = (group: string, type: string) =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/${group}/providers/${type}`;
  const judge = (resource: string, expect: string) =>
    resourceAssert.start(resourceAssert.input.parse({ resource, expect }), contextOf(world));
  const read = async (id: string) => {
    const items = await inventory.read([id], contextOf(world));
    return items.find((item) => item.id === id)?.facts;
  };

  it.each([
    [
      'rg-orders-weu',
      'Microsoft.Sql/servers/orders-sql-weu/failoverGroups/orders-fg',
      'body.properties.replicationRole == "Primary"',
    ],
    ['rg-orders-weu', 'Microsoft.Sql/servers/orders-sql-weu', 'body.properties.state == "Ready"'],
    ['rg-orders-neu', 'Microsoft.Sql/servers/orders-sql-neu/databases/orders', 'body.properties.status == "Online"'],
    [
      'rg-orders-neu',
      'Microsoft.ServiceBus/namespaces/orders-sb-neu/disasterRecoveryConfigs/orders-sb',
      'body.properties.role == "Secondary"',
    ],
    [
      'rg-orders-weu',
      'Microsoft.EventHub/namespaces/orders-eh-weu/disasterRecoveryConfigs/orders-eh',
      'body.properties.role == "Primary"',
    ],
    [
      'rg-orders-weu',
      'Microsoft.DocumentDB/databaseAccounts/orders-cosmos',
      'body.properties.writeLocations[0].locationName == "West Europe"',
    ],
    ['rg-orders-weu', 'Microsoft.KeyVault/vaults/orders-kv', 'body.properties.enableSoftDelete'],
    ['rg-orders-weu', 'Microsoft.KeyVault/vaults/orders-kv/secrets/db-password', 'body.properties.attributes.enabled'],
  ])('in %s: resource/assert finds %s as it is, and says so when it is not', async (group, type, condition) => {
    const id = idOf(group, type);
    expect(await judge(id, condition)).toMatchObject({ kind: 'done' });
    expect(await rejection(judge(id, `!(${condition})`))).toMatchObject({ code: 'check-failed' });
    expect(await rejection(judge(id, 'status == 404'))).toMatchObject({ code: 'check-failed' });
    expect(await judge(`${id}-absent`, 'status == 404')).toMatchObject({ kind: 'done' });
  });

  it('sees in the inventory who is in charge, before and after a failover', async () => {
    const group = idOf('rg-orders-neu', 'Microsoft.Sql/servers/orders-sql-neu/failoverGroups/orders-fg');
    expect(await read(group)).toMatchObject({ present: true, 'properties.replicationRole': 'Secondary' });
    await twin.sql.failoverGroups.beginFailoverAndWait('rg-orders-neu', 'orders-sql-neu', 'orders-fg', {
      updateIntervalInMs: 50,
    });
    expect(await read(group)).toMatchObject({
      'properties.replicationRole': 'Primary',
      'properties.replicationState': 'CATCH_UP',
    });
    expect(await read(`${group}-absent`)).toEqual({ present: false });
    const alias = idOf(
      'rg-orders-neu',
      'Microsoft.EventHub/namespaces/orders-eh-neu/disasterRecoveryConfigs/orders-eh',
    );
    expect(await read(alias)).toMatchObject({
      'properties.role': 'Secondary',
      'properties.partnerNamespace': expect.stringContaining('orders-eh-weu'),
    });
    const account = idOf('rg-orders-weu', 'Microsoft.DocumentDB/databaseAccounts/orders-cosmos');
    expect(await read(account)).toMatchObject({
      present: true,
      'properties.provisioningState': 'Succeeded',
      'properties.writeLocations["orders-cosmos-westeurope"].locationName': 'West Europe',
      'properties.failoverPolicies["orders-cosmos-northeurope"].failoverPriority': 1,
    });
  });

  it('finds a database that a restore left behind', async () => {
    const server = idOf('rg-orders-weu', 'Microsoft.Sql/servers/orders-sql-weu');
    await twin.sql.databases.beginCreateOrUpdateAndWait(
      'rg-orders-weu',
      'orders-sql-weu',
      'left-behind',
      {
        location: 'westeurope',
        createMode: 'PointInTimeRestore',
        sourceDatabaseId: `${server}/databases/ledger`,
        restorePointInTime: new Date(),
      },
      { updateIntervalInMs: 50 },
    );
    const items = await inventory.read([server], contextOf(world));
    expect(items.map(({ id }) => id)).toContain(`${server}/databases/left-behind`);
  });
});
