// What the services that are records only have in common: the lists, the status, and Key Vault, which has nothing else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejection } from './plane-under-test.ts';
import { type ServicesUnderTest, servicesUnderTest } from './services-under-test.ts';

describe('services as records', () => {
  let twin: ServicesUnderTest;
  beforeAll(async () => {
    twin = await servicesUnderTest();
  });
  afterAll(() => twin.close());

  it('shows a vault and its secrets without their values', async () => {
    expect(await twin.keyVault.vaults.get('rg-orders-weu', 'orders-kv')).toMatchObject({
      name: 'orders-kv',
      location: 'westeurope',
      properties: { vaultUri: 'https://orders-kv.vault.azure.net/', tenantId: twin.world.tenant },
    });
    const secret = await twin.keyVault.secrets.get('rg-orders-weu', 'orders-kv', 'db-password');
    expect(secret.properties).toMatchObject({
      attributes: { enabled: true },
      secretUri: 'https://orders-kv.vault.azure.net/secrets/db-password',
    });
    expect(JSON.stringify(secret)).not.toContain('"value"');
    expect(await Array.fromAsync(twin.keyVault.secrets.list('rg-orders-weu', 'orders-kv'))).toHaveLength(1);
    expect(await Array.fromAsync(twin.keyVault.vaults.listBySubscription())).toHaveLength(1);
    expect(await Array.fromAsync(twin.keyVault.vaults.listByResourceGroup('rg-orders-neu'))).toEqual([]);
    const absent = twin.keyVault.secrets.get('rg-orders-weu', 'orders-kv', 'nothing');
    expect(await rejection(absent)).toMatchObject({ code: 'ResourceNotFound' });
  });

  it('lists every one of them in its resource group', async () => {
    const listed = await Array.fromAsync(twin.resources.resources.listByResourceGroup('rg-orders-weu'));
    const names = listed.map(({ type, name }) => `${type} ${name}`);
    for (const expected of [
      'Microsoft.Sql/servers orders-sql-weu',
      'Microsoft.Sql/servers/databases orders-sql-weu/orders',
      'Microsoft.ServiceBus/namespaces orders-sb-weu',
      'Microsoft.EventHub/namespaces orders-eh-weu',
      'Microsoft.DocumentDB/databaseAccounts orders-cosmos',
      'Microsoft.KeyVault/vaults orders-kv',
    ])
      expect(names).toContain(expected);
    expect(names.join()).not.toContain('neu');
  });

  it('shows who is in charge in the status', async () => {
    const { services } = (await twin.send('GET', '/twin/status')).body;
    expect(services).toEqual(
      expect.arrayContaining([
        {
          kind: 'sql-failover-group',
          name: 'orders-fg',
          region: 'westeurope',
          state: 'orders-sql-weu to orders-sql-neu CATCH_UP',
        },
        { kind: 'alias', name: 'orders-sb', region: 'westeurope', state: 'orders-sb-weu to orders-sb-neu Succeeded' },
        { kind: 'cosmos', name: 'orders-cosmos', region: 'westeurope', state: 'Succeeded' },
        { kind: 'key-vault', name: 'orders-kv', region: 'westeurope', state: 'up' },
      ]),
    );
  });

  it('names them among what a region outage took, and shows them lost', async () => {
    const { body } = await twin.outage('westeurope');
    const taken = (body.resources as readonly { id: string; means: string }[]).filter(({ means }) =>
      means.startsWith('declared lost'),
    );
    expect(taken.map(({ id }) => id.split('/').at(-1)).sort()).toEqual([
      'orders-cosmos',
      'orders-eh-weu',
      'orders-kv',
      'orders-sb-weu',
      'orders-sql-weu',
    ]);
    const { services } = (await twin.send('GET', '/twin/status')).body;
    expect(services).toContainEqual({
      kind: 'sql-server',
      name: 'orders-sql-weu',
      region: 'westeurope',
      state: 'region lost',
    });
    const vault = await twin.keyVault.vaults.get('rg-orders-weu', 'orders-kv');
    expect(vault.properties.provisioningState).toBe('Succeeded');
  });
});
