// The whole twin at work: real databases behind the unmodified clients of Azure.
import { request } from 'node:http';
import { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import { TrafficManagerManagementClient } from '@azure/arm-trafficmanager';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectionOf,
  endTwinFault,
  endTwinOutage,
  loadWorld,
  startTwinFault,
  type TwinAddress,
  twinFaults,
  twinOperations,
  twinStatus,
} from '../../../src/twin/index.ts';
import { WORLD_FILE } from '../control/plane-under-test.ts';
import { type Bench, makeBench } from './twin-under-test.ts';

const FAST = {
  'PATCH Microsoft.DBforPostgreSQL/flexibleServers': 'PT1S',
  'PUT Microsoft.DBforPostgreSQL/flexibleServers': 'PT1S',
  'POST Microsoft.DBforPostgreSQL/flexibleServers/restart': 'PT1S',
  'DELETE Microsoft.DBforPostgreSQL/flexibleServers': 'PT1S',
};
const WEU = ['rg-orders-weu', 'orders-db-weu'] as const;
const NEU = ['rg-orders-neu', 'orders-db-neu'] as const;
const FQDN = 'orders-shop.trafficmanager.net';

describe('a region is lost and recovered on a real twin', () => {
  let bench: Bench;
  let twin: TwinAddress;
  beforeAll(async () => {
    bench = makeBench();
    twin = await bench.up('failing-over', { operations: FAST });
  });
  afterAll(() => bench.remove());

  const clientOptions = () => ({
    endpoint: twin.endpoint,
    tlsOptions: { ca: twin.authority },
    credentialScopes: 'https://management.azure.com/.default',
  });
  const credential = { getToken: async () => ({ token: twin.token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const { subscription } = loadWorld(WORLD_FILE);
  const servers = () => new PostgreSQLManagementFlexibleServerClient(credential, subscription, clientOptions()).servers;
  const endpoints = () => new TrafficManagerManagementClient(credential, subscription, clientOptions()).endpoints;
  const promote = (promoteOption: string) => ({
    replica: { role: 'Primary', promoteMode: 'Switchover', promoteOption },
  });

  async function query(server: string, sql: string): Promise<unknown[]> {
    const client = new pg.Client({
      ...connectionOf(twin).hosts[`${server}.postgres.database.azure.com`],
      ...twin.postgres,
      connectionTimeoutMillis: 3000,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }

  const shop = () =>
    new Promise<{ status: number; region?: string }>((settle, fail) => {
      const { host, port } = connectionOf(twin).hosts[FQDN] ?? { host: '', port: 0 };
      const asked = request({ host, port, path: '/', headers: { host: FQDN }, agent: false }, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        settle({
          status: answer.statusCode ?? 0,
          ...(answer.statusCode === 200 ? { region: JSON.parse(text).region } : {}),
        });
      });
      asked.on('error', fail);
      asked.end();
    });

  it('makes a second replica, restores to an instant, deletes both, and restarts', async () => {
    await query('orders-db-weu', 'CREATE TABLE past (n int)');
    await query('orders-db-weu', 'INSERT INTO past SELECT generate_series(1, 7)');
    const source = (await servers().get(...WEU)).id ?? '';
    const replica = await servers().beginCreateOrUpdateAndWait('rg-orders-shared', 'orders-db-two', {
      location: 'westeurope',
      createMode: 'Replica',
      sourceServerResourceId: source,
    });
    expect(replica).toMatchObject({
      replicationRole: 'AsyncReplica',
      state: 'Ready',
      replica: { replicationState: 'Active' },
    });
    const [now] = (await query('orders-db-weu', 'SELECT now()')) as [Date];
    await query('orders-db-weu', 'SELECT pg_sleep(0.3)');
    await query('orders-db-weu', 'DELETE FROM past');
    const body = {
      location: 'westeurope',
      createMode: 'PointInTimeRestore',
      sourceServerResourceId: source,
      pointInTimeUTC: now,
    };
    const restored = await servers().beginCreateOrUpdateAndWait('rg-orders-shared', 'orders-db-old', body);
    expect(restored).toMatchObject({ replicationRole: 'Primary', state: 'Ready' });
    expect(await query('orders-db-weu', 'SELECT count(*)::int FROM past')).toEqual([0]);
    await servers().beginDeleteAndWait('rg-orders-shared', 'orders-db-old');
    await servers().beginDeleteAndWait('rg-orders-shared', 'orders-db-two');
    expect((await twinStatus(twin)).servers.map(({ name }) => name)).toEqual(['orders-db-weu', 'orders-db-neu']);
    await servers().beginRestartAndWait(...WEU);
    expect(await query('orders-db-weu', 'SELECT 1')).toEqual([1]);
  });

  it('answers, loses the region, promotes, steers, re-seeds and switches back without loss', async () => {
    await query('orders-db-weu', 'CREATE TABLE proof (n int)');
    await query('orders-db-weu', 'INSERT INTO proof SELECT generate_series(1, 100)');
    expect(await shop()).toEqual({ status: 200, region: 'westeurope' });
    await expect
      .poll(() => query('orders-db-neu', "SELECT count(*)::int FROM pg_tables WHERE tablename = 'proof'"), {
        timeout: 20_000,
      })
      .toEqual([1]);
    await expect.poll(() => query('orders-db-neu', 'SELECT count(*)::int FROM proof')).toEqual([100]);

    const outage = await startTwinFault(twin, { fault: 'region-outage', region: 'westeurope' });
    expect(Math.abs(Date.now() - outage.effectiveAt)).toBeLessThan(2000);
    await expect(query('orders-db-weu', 'SELECT 1')).rejects.toThrow();
    expect((await servers().get(...WEU)).state).toBe('Disabled');

    expect((await servers().beginUpdateAndWait(...NEU, promote('Forced'))).replicationRole).toBe('Primary');
    await query('orders-db-neu', 'INSERT INTO proof VALUES (101)');
    await endpoints().update('rg-orders-shared', 'orders-tm', 'AzureEndpoints', 'westeurope', {
      endpointStatus: 'Disabled',
    });
    await expect.poll(shop).toEqual({ status: 200, region: 'northeurope' });

    await endTwinOutage(twin, 'westeurope');
    expect(['Updating', 'Ready']).toContain((await servers().get(...WEU)).state);
    await expect.poll(async () => (await servers().get(...WEU)).state).toBe('Ready');
    expect(await servers().get(...WEU)).toMatchObject({
      replicationRole: 'AsyncReplica',
      replica: { replicationState: 'Active' },
    });
    expect(await query('orders-db-weu', 'SELECT count(*)::int FROM proof')).toEqual([101]);

    await query('orders-db-neu', 'INSERT INTO proof VALUES (102)');
    expect((await servers().beginUpdateAndWait(...WEU, promote('Planned'))).replicationRole).toBe('Primary');
    expect(await query('orders-db-weu', 'SELECT count(*)::int FROM proof')).toEqual([102]);
    expect(await servers().get(...NEU)).toMatchObject({ replicationRole: 'AsyncReplica', state: 'Ready' });
    await query('orders-db-weu', 'INSERT INTO proof VALUES (103)');
    await expect.poll(() => query('orders-db-neu', 'SELECT count(*)::int FROM proof')).toEqual([103]);

    const operations = await twinOperations(twin);
    expect(operations.slice(-2).map(({ operation, status, faster }) => [operation, status, faster])).toEqual([
      ['PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]', 'Succeeded', true],
      ['PATCH Microsoft.DBforPostgreSQL/flexibleServers [planned]', 'Succeeded', true],
    ]);
    expect(await twinFaults(twin)).toEqual([]);
  });

  it('cuts a link and heals it', async () => {
    const { id } = await startTwinFault(twin, { fault: 'link', between: ['westeurope', 'northeurope'], cut: true });
    await expect.poll(async () => (await servers().get(...NEU)).replica?.replicationState).toBe('Broken');
    await endTwinFault(twin, id);
    await expect.poll(async () => (await servers().get(...NEU)).replica?.replicationState).toBe('Active');
  });
});
