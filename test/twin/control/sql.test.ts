import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from './plane-under-test.ts';
import { type ServicesUnderTest, servicesUnderTest } from './services-under-test.ts';

const WEU = ['rg-orders-weu', 'orders-sql-weu'] as const;
const NEU = ['rg-orders-neu', 'orders-sql-neu'] as const;
const SOON = { updateIntervalInMs: 50 };

describe('SQL failover groups, driven by the Azure SDK', () => {
  let twin: ServicesUnderTest;
  beforeEach(async () => {
    twin = await servicesUnderTest();
  });
  afterEach(() => twin.close());
  const group = (server: readonly [string, string]) => twin.sql.failoverGroups.get(...server, 'orders-fg');
  const roles = async () => [(await group(WEU)).replicationRole, (await group(NEU)).replicationRole];
  const pathOf = (server: readonly [string, string], action: string) =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/${server[0]}/providers/Microsoft.Sql/servers/${server[1]}/failoverGroups/orders-fg${action}?api-version=2023-08-01-preview`;

  it('shows the group from both of its servers', async () => {
    expect(await group(WEU)).toMatchObject({
      name: 'orders-fg',
      location: 'West Europe',
      replicationRole: 'Primary',
      replicationState: 'CATCH_UP',
      readWriteEndpoint: { failoverPolicy: 'Manual' },
      partnerServers: [{ location: 'North Europe', replicationRole: 'Secondary' }],
      databases: [
        expect.stringMatching(/servers\/orders-sql-weu\/databases\/orders$/),
        expect.stringMatching(/servers\/orders-sql-weu\/databases\/stock$/),
      ],
    });
    expect(await group(NEU)).toMatchObject({
      replicationRole: 'Secondary',
      partnerServers: [{ id: expect.stringMatching(/servers\/orders-sql-weu$/), replicationRole: 'Primary' }],
      databases: [
        expect.stringMatching(/servers\/orders-sql-neu\/databases\/orders$/),
        expect.stringMatching(/servers\/orders-sql-neu\/databases\/stock$/),
      ],
    });
    expect(await Array.fromAsync(twin.sql.failoverGroups.listByServer(...NEU))).toHaveLength(1);
    expect(await Array.fromAsync(twin.sql.servers.list())).toHaveLength(2);
    expect(await Array.fromAsync(twin.sql.servers.listByResourceGroup('rg-orders-neu'))).toHaveLength(1);
  });

  it('changes places when the secondary is asked, and back again', async () => {
    await twin.slow('POST *failoverGroups*');
    const poller = await twin.sql.failoverGroups.beginFailover(...NEU, 'orders-fg', SOON);
    expect(await roles()).toEqual(['Primary', 'Secondary']);
    expect(await poller.pollUntilDone()).toMatchObject({ replicationRole: 'Primary', location: 'North Europe' });
    expect(await roles()).toEqual(['Secondary', 'Primary']);
    const links = await Array.fromAsync(twin.sql.replicationLinks.listByDatabase(...NEU, 'orders'));
    expect(links).toMatchObject([{ role: 'Primary', partnerRole: 'Secondary', partnerServer: 'orders-sql-weu' }]);
    await twin.sql.failoverGroups.beginFailoverAndWait(...WEU, 'orders-fg', SOON);
    expect(await roles()).toEqual(['Primary', 'Secondary']);
    expect(await twin.journal()).toMatchObject(
      [NEU, WEU].map(([, server]) => ({
        operation: 'POST Microsoft.Sql/servers/failoverGroups/failover',
        resource: expect.stringContaining(`/servers/${server}/failoverGroups/orders-fg`),
        status: 'Succeeded',
        recordedMs: 41_000,
      })),
    );
  });

  it('is accepted with both poll URLs, and answered with the group at the end', async () => {
    const started = await twin.send('POST', pathOf(NEU, '/failover'));
    expect(started).toMatchObject({ status: 202, body: { operation: 'FailoverFailoverGroup' } });
    const { location, 'azure-asyncoperation': watch } = started.headers as Record<string, string>;
    expect(watch).toContain('/providers/Microsoft.Sql/locations/northeurope/failoverGroupAzureAsyncOperation/');
    expect(location).toContain('/failoverGroupOperationResults/');
    const poll = async (url = '') => twin.send('GET', url.slice(twin.control.endpoint.length));
    await expect.poll(async () => (await poll(watch)).body.status).toBe('Succeeded');
    expect(await poll(location)).toMatchObject({ status: 200, body: { properties: { replicationRole: 'Primary' } } });
  });

  it('refuses a failover on the primary, and changes on the secondary', async () => {
    const onPrimary = await rejection(twin.sql.failoverGroups.beginFailoverAndWait(...WEU, 'orders-fg', SOON));
    expect(onPrimary).toMatchObject({ code: 'FailoverGroupFailoverRequestOnPrimary', statusCode: 400 });
    const patch = { readWriteEndpoint: { failoverPolicy: 'Manual' } };
    for (const refused of [
      twin.sql.failoverGroups.beginUpdateAndWait(...NEU, 'orders-fg', patch, SOON),
      twin.sql.failoverGroups.beginDeleteAndWait(...NEU, 'orders-fg', SOON),
    ])
      expect(await rejection(refused)).toMatchObject({
        code: 'FailoverGroupUpdateOrDeleteRequestOnSecondary',
        statusCode: 400,
      });
    expect(await twin.journal()).toEqual([]);
    expect(await rejection(twin.sql.failoverGroups.get(...WEU, 'nothing'))).toMatchObject({ code: 'ResourceNotFound' });
  });

  it('refuses a second failover while one is at work, and forgets it afterwards', async () => {
    await twin.slow('POST *failoverGroups*');
    const poller = await twin.sql.failoverGroups.beginFailover(...NEU, 'orders-fg', SOON);
    const second = await twin.send('POST', pathOf(NEU, '/failover'));
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'ConflictingServerOperation' } } });
    await poller.pollUntilDone();
    expect(await twin.journal()).toHaveLength(1);
  });

  it('fails over only by force when the primary region is lost', async () => {
    await twin.outage('westeurope');
    expect(await group(NEU)).toMatchObject({ replicationState: 'SUSPENDED' });
    const planned = await rejection(twin.sql.failoverGroups.beginFailoverAndWait(...NEU, 'orders-fg', SOON));
    expect(planned.message).toContain('timed out');
    expect(await roles()).toEqual(['Primary', 'Secondary']);
    const [failed] = await twin.journal();
    expect(failed).toMatchObject({ status: 'Failed' });
    await twin.sql.failoverGroups.beginForceFailoverAllowDataLossAndWait(...NEU, 'orders-fg', SOON);
    expect(await roles()).toEqual(['Secondary', 'Primary']);
    expect(await twin.sql.databases.get(...WEU, 'orders')).toMatchObject({ status: 'Offline' });
    expect(await twin.sql.databases.get(...NEU, 'orders')).toMatchObject({ status: 'Online' });
    await twin.send('DELETE', '/twin/faults/region-outage/westeurope');
    expect(await group(NEU)).toMatchObject({ replicationState: 'CATCH_UP' });
  });

  it('does nothing, also by force, when the region that should take over is lost', async () => {
    await twin.outage('northeurope');
    await rejection(twin.sql.failoverGroups.beginForceFailoverAllowDataLossAndWait(...NEU, 'orders-fg', SOON));
    expect(await roles()).toEqual(['Primary', 'Secondary']);
  });

  it('tries a planned failover first where the api-version knows that', async () => {
    await twin.outage('westeurope');
    const path = pathOf(NEU, '/tryPlannedBeforeForcedFailover');
    expect(await twin.send('POST', path)).toMatchObject({ status: 202 });
    await expect.poll(roles).toEqual(['Secondary', 'Primary']);
    const older = await twin.send('POST', path.replace('2023-08-01-preview', '2020-11-01-preview'));
    expect(older).toMatchObject({ status: 400, body: { error: { code: 'NoRegisteredProviderFound' } } });
  });

  it('changes its policy and goes, on the primary', async () => {
    const policy = { failoverPolicy: 'Automatic', failoverWithDataLossGracePeriodMinutes: 90 };
    await twin.sql.failoverGroups.beginUpdateAndWait(...WEU, 'orders-fg', { readWriteEndpoint: policy }, SOON);
    expect(await group(NEU)).toMatchObject({ readWriteEndpoint: policy });
    await twin.sql.failoverGroups.beginDeleteAndWait(...WEU, 'orders-fg', SOON);
    expect(await rejection(group(NEU))).toMatchObject({ code: 'ResourceNotFound' });
    expect(await Array.fromAsync(twin.sql.replicationLinks.listByDatabase(...WEU, 'orders'))).toHaveLength(1);
    await twin.sql.failoverGroups.beginDeleteAndWait(...WEU, 'orders-fg', SOON);
  });

  it.each([
    ['lost-reply', {}],
    ['failing-operation', { code: 'InternalServerError', message: 'planted' }],
    ['slow-operation', { addMs: 300 }],
  ])('obeys a fault of kind %s', async (fault, more) => {
    await twin.fault({ fault, match: 'POST *failoverGroups/orders-fg/failover', times: 1, ...more });
    const answer = await twin.send('POST', pathOf(NEU, '/failover')).then(
      ({ status }) => status,
      () => 'lost',
    );
    expect(answer).toBe(fault === 'lost-reply' ? 'lost' : 202);
    const status = fault === 'failing-operation' ? 'Failed' : 'Succeeded';
    await expect.poll(async () => (await twin.journal()).map((entry) => entry.status)).toEqual([status]);
    expect(await roles()).toEqual(status === 'Failed' ? ['Primary', 'Secondary'] : ['Secondary', 'Primary']);
  });

  it('is throttled', async () => {
    await twin.fault({ fault: 'throttle', match: 'POST *failoverGroups', times: 1, retryAfterSeconds: 7 });
    const throttled = await twin.send('POST', pathOf(NEU, '/failover'));
    expect(throttled).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect(await twin.journal()).toEqual([]);
  });
});

describe('SQL databases and links, driven by the Azure SDK', () => {
  let twin: ServicesUnderTest;
  beforeEach(async () => {
    twin = await servicesUnderTest();
  });
  afterEach(() => twin.close());
  const idOf = (database: string, kind = 'databases') =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/rg-orders-weu/providers/Microsoft.Sql/servers/orders-sql-weu/${kind}/${database}`;
  const restore = (name: string, at: Date, source = 'orders') =>
    twin.sql.databases.beginCreateOrUpdateAndWait(
      ...WEU,
      name,
      {
        location: 'westeurope',
        createMode: 'PointInTimeRestore',
        sourceDatabaseId: idOf(source),
        restorePointInTime: at,
      },
      SOON,
    );

  it('restores a database at an instant, and deletes it', async () => {
    const restored = await restore('orders-drill', new Date());
    expect(restored).toMatchObject({ name: 'orders-drill', status: 'Online', location: 'westeurope' });
    expect(restored.databaseId).not.toBe((await twin.sql.databases.get(...WEU, 'orders')).databaseId);
    const listed = await Array.fromAsync(twin.resources.resources.listByResourceGroup('rg-orders-weu'));
    expect(listed.map(({ name }) => name)).toContain('orders-sql-weu/orders-drill');
    await twin.sql.databases.beginDeleteAndWait(...WEU, 'orders-drill', SOON);
    expect(await rejection(twin.sql.databases.get(...WEU, 'orders-drill'))).toMatchObject({ statusCode: 404 });
    await twin.sql.databases.beginDeleteAndWait(...WEU, 'orders-drill', SOON);
  });

  it('restores from another region while that region is lost', async () => {
    const [recoverable] = await Array.fromAsync(twin.sql.recoverableDatabases.listByServer(...WEU));
    expect(recoverable).toMatchObject({ name: 'orders', lastAvailableBackupDate: expect.any(Date) });
    await twin.outage('westeurope');
    const { journal, sql } = twin;
    const restored = await sql.databases.beginCreateOrUpdateAndWait(
      ...NEU,
      'orders-geo',
      {
        location: 'northeurope',
        createMode: 'Recovery',
        recoverableDatabaseId: idOf('orders', 'recoverableDatabases'),
      },
      SOON,
    );
    expect(restored).toMatchObject({ name: 'orders-geo', status: 'Online', location: 'northeurope' });
    expect(await journal()).toMatchObject([{ operation: 'PUT Microsoft.Sql/servers/databases [geo]' }]);
    await rejection(restore('orders-drill', new Date()));
  });

  it('leaves nothing of a restore that failed', async () => {
    const fault = { fault: 'failing-operation', match: 'PUT *databases/orders-drill', code: 'Planted', message: 'no' };
    await twin.fault({ ...fault, times: 1 });
    await rejection(restore('orders-drill', new Date()));
    expect(await rejection(twin.sql.databases.get(...WEU, 'orders-drill'))).toMatchObject({ statusCode: 404 });
  });

  it('refuses what leads nowhere', async () => {
    const code = async (work: Promise<unknown>) => (await rejection(work)).code;
    expect(await code(restore('orders', new Date()))).toBe('DatabaseAlreadyExists');
    expect(await code(restore('new', new Date(), 'nothing'))).toBe('SourceDatabaseNotFound');
    expect(await code(restore('new', new Date(0)))).toBe('InvalidRestorePointInTime');
    expect(await code(restore('new', new Date(Date.now() + 3_600_000)))).toBe('InvalidRestorePointInTime');
    const bare = twin.sql.databases.beginCreateOrUpdateAndWait(...WEU, 'new', { location: 'westeurope' }, SOON);
    expect(await code(bare)).toBe('UnsupportedByTwin');
    const held = twin.sql.databases.beginDeleteAndWait(...WEU, 'orders', SOON);
    expect(await code(held)).toBe('ManagementServiceDatabaseBusy');
  });

  it('fails a link over that no group holds, and no other', async () => {
    const linkOf = async (database: string) => {
      const [link] = await Array.fromAsync(twin.sql.replicationLinks.listByDatabase(...NEU, database));
      return link?.name ?? '';
    };
    const ledger = await linkOf('ledger');
    const failover = (server: readonly [string, string], database: string, link: string) =>
      twin.sql.replicationLinks.beginFailoverAndWait(...server, database, link, SOON);
    expect(await rejection(failover(WEU, 'ledger', ledger))).toMatchObject({
      code: 'GeoReplicationDatabaseNotSecondary',
    });
    expect(await rejection(failover(NEU, 'orders', await linkOf('orders')))).toMatchObject({
      code: 'FailoverGroupAlreadySetup',
    });
    expect(await failover(NEU, 'ledger', ledger)).toMatchObject({ role: 'Primary', partnerLocation: 'West Europe' });
    expect(await twin.sql.replicationLinks.get(...WEU, 'ledger', ledger)).toMatchObject({ role: 'Secondary' });
    await twin.outage('northeurope');
    await twin.sql.replicationLinks.beginFailoverAllowDataLossAndWait(...WEU, 'ledger', ledger, SOON);
    expect(await twin.sql.replicationLinks.get(...WEU, 'ledger', ledger)).toMatchObject({
      role: 'Primary',
      replicationState: 'SUSPENDED',
    });
  });
});
