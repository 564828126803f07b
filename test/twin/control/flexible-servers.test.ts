import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection } from './plane-under-test.ts';

const promote = (promoteOption: string, promoteMode = 'Switchover', role = 'Primary') => ({
  replica: { role, promoteMode, promoteOption },
});
const idOf = (twin: PlaneUnderTest, group: string, name: string) =>
  `/subscriptions/${twin.world.subscription}/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;

describe('flexible servers, driven by the Azure SDK', () => {
  let twin: PlaneUnderTest;
  beforeEach(async () => {
    twin = await planeUnderTest();
  });
  afterEach(() => twin.close());
  const server = (group: string, name: string) => twin.postgres.servers.get(group, name);

  it('are shown with everything that clients read', async () => {
    const primary = await server('rg-orders-weu', 'orders-db-weu');
    expect(primary).toMatchObject({
      id: idOf(twin, 'rg-orders-weu', 'orders-db-weu'),
      location: 'westeurope',
      state: 'Ready',
      version: '18',
      minorVersion: '4',
      replicationRole: 'Primary',
      fullyQualifiedDomainName: 'orders-db-weu.postgres.database.azure.com',
      replica: { role: 'Primary' },
    });
    const replica = await server('RG-orders-neu', 'ORDERS-db-neu');
    expect(replica.replicationRole).toBe('AsyncReplica');
    expect(replica.sourceServerResourceId).toBe(primary.id);
    expect(replica.replica).toMatchObject({ role: 'AsyncReplica', replicationState: 'Active' });
  });

  it('are listed by group, by subscription and by primary', async () => {
    const names = async (pages: AsyncIterable<{ name?: string }>) =>
      (await Array.fromAsync(pages)).map(({ name }) => name);
    expect(await names(twin.postgres.servers.listByResourceGroup('rg-orders-neu'))).toEqual(['orders-db-neu']);
    expect(await names(twin.postgres.servers.listBySubscription())).toEqual(['orders-db-weu', 'orders-db-neu']);
    expect(await names(twin.postgres.replicas.listByServer('rg-orders-weu', 'orders-db-weu'))).toEqual([
      'orders-db-neu',
    ]);
    expect(await names(twin.postgres.virtualEndpoints.listByServer('rg-orders-weu', 'orders-db-weu'))).toEqual([]);
  });

  it('exchange their roles in a planned switchover', async () => {
    const promoted = await twin.postgres.servers.beginUpdateAndWait(
      'rg-orders-neu',
      'orders-db-neu',
      promote('Planned'),
    );
    expect(promoted).toMatchObject({ replicationRole: 'Primary', state: 'Ready' });
    expect(promoted.sourceServerResourceId).toBeUndefined();
    const former = await server('rg-orders-weu', 'orders-db-weu');
    expect(former).toMatchObject({
      replicationRole: 'AsyncReplica',
      state: 'Ready',
      sourceServerResourceId: promoted.id,
    });
    expect(twin.plane.asked).toEqual(['promote orders-db-neu planned', 'stream orders-db-weu orders-db-neu']);
  });

  it('change their role near the end of the operation, not at once', async () => {
    await twin.close();
    twin = await planeUnderTest({ operations: { 'PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]': 2200 } });
    const ending = twin.postgres.servers.beginUpdateAndWait('rg-orders-neu', 'orders-db-neu', promote('Forced'));
    await expect.poll(async () => (await server('rg-orders-neu', 'orders-db-neu')).state).toBe('Updating');
    await sleep(1200);
    const during = await server('rg-orders-neu', 'orders-db-neu');
    expect(during).toMatchObject({
      state: 'Updating',
      replicationRole: 'AsyncReplica',
      replica: { replicationState: 'Reconfiguring' },
    });
    expect(twin.plane.asked).toEqual([]);
    expect((await ending).replicationRole).toBe('Primary');
    const [operation] = (await twin.send('GET', '/twin/operations')).body;
    expect(operation).toMatchObject({
      operation: 'PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]',
      status: 'Succeeded',
      recordedMs: 15_000,
      faster: true,
    });
    expect(operation.tookMs).toBeGreaterThanOrEqual(2190);
    expect(operation.tookMs).toBeLessThan(3000);
    expect(operation.endedAt - operation.startedAt).toBeGreaterThanOrEqual(2190);
  });

  it('survive the loss of the primary by a forced promotion, and the primary is copied anew when its region returns', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'region-outage', region: 'westeurope' });
    expect((await server('rg-orders-weu', 'orders-db-weu')).state).toBe('Disabled');
    const promoted = await twin.postgres.servers.beginUpdateAndWait(
      'rg-orders-neu',
      'orders-db-neu',
      promote('Forced'),
    );
    expect(promoted).toMatchObject({ replicationRole: 'Primary', state: 'Ready' });
    const dead = await server('rg-orders-weu', 'orders-db-weu');
    expect(dead).toMatchObject({
      replicationRole: 'AsyncReplica',
      state: 'Disabled',
      sourceServerResourceId: promoted.id,
    });
    expect(dead.replica?.replicationState).toBe('Broken');
    await twin.send('DELETE', '/twin/faults/region-outage/westeurope');
    await expect.poll(async () => (await server('rg-orders-weu', 'orders-db-weu')).state).toBe('Ready');
    expect(twin.plane.asked).toEqual([
      'outage westeurope',
      'promote orders-db-neu forced',
      'endOutage westeurope orders-db-weu',
      'stream orders-db-weu orders-db-neu',
    ]);
  });

  it('come back as they were when nobody was promoted', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'region-outage', region: 'westeurope' });
    await twin.send('DELETE', '/twin/faults/region-outage/westeurope');
    expect(await server('rg-orders-weu', 'orders-db-weu')).toMatchObject({
      replicationRole: 'Primary',
      state: 'Ready',
    });
    expect(twin.plane.asked).toEqual(['outage westeurope', 'endOutage westeurope']);
  });

  it('refuse a planned promotion when the primary cannot be reached', async () => {
    twin.plane.down.add('westeurope');
    const error = await rejection(
      twin.postgres.servers.beginUpdateAndWait('rg-orders-neu', 'orders-db-neu', promote('Planned')),
    );
    expect(error).toMatchObject({ code: 'PrimaryServerNotReachable', statusCode: 409 });
    expect(twin.plane.asked).toEqual([]);
  });

  it('become independent by a standalone promotion', async () => {
    const promoted = await twin.postgres.servers.beginUpdateAndWait(
      'rg-orders-neu',
      'orders-db-neu',
      promote('Forced', 'Standalone', 'None'),
    );
    expect(promoted.replicationRole).toBe('Primary');
    expect((await server('rg-orders-weu', 'orders-db-weu')).replicationRole).toBe('Primary');
    expect(twin.plane.asked).toEqual(['promote orders-db-neu forced']);
  });

  it.each([
    ['a primary', 'rg-orders-weu', 'orders-db-weu', promote('Forced'), 'InvalidServerRole', 400],
    [
      'with an option that does not exist',
      'rg-orders-neu',
      'orders-db-neu',
      promote('Maybe'),
      'InvalidRequestContent',
      400,
    ],
    [
      'with a role that does not fit',
      'rg-orders-neu',
      'orders-db-neu',
      promote('Forced', 'Standalone', 'Primary'),
      'InvalidParameterValue',
      400,
    ],
    ['a missing server', 'rg-orders-neu', 'nobody', promote('Forced'), 'ResourceNotFound', 404],
    ['in a missing group', 'rg-nowhere', 'orders-db-neu', promote('Forced'), 'ResourceGroupNotFound', 404],
    [
      'and resize at once',
      'rg-orders-neu',
      'orders-db-neu',
      { storage: { storageSizeGB: 64 } },
      'UnsupportedByTwin',
      400,
    ],
  ])('refuse to promote %s', async (_what, group, name, body, code, statusCode) => {
    expect(await rejection(twin.postgres.servers.beginUpdateAndWait(group, name, body))).toMatchObject({
      code,
      statusCode,
    });
    expect(twin.plane.asked).toEqual([]);
  });

  it('refuse a second operation while one is at work', async () => {
    const path = `${idOf(twin, 'rg-orders-neu', 'orders-db-neu')}?api-version=2025-08-01`;
    await twin.send('PATCH', path, { properties: promote('Forced') });
    const error = await rejection(twin.postgres.servers.beginRestart('rg-orders-weu', 'orders-db-weu'));
    expect(error).toMatchObject({ code: 'ServerIsBusy', statusCode: 409 });
  });

  it('refuse operations while their region is down, and the control plane lives on', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'region-outage', region: 'westeurope' });
    expect(await rejection(twin.postgres.servers.beginRestart('rg-orders-weu', 'orders-db-weu'))).toMatchObject({
      code: 'ServerIsDisabled',
      statusCode: 409,
    });
    expect((await server('rg-orders-neu', 'orders-db-neu')).state).toBe('Ready');
  });

  it('restart, and have no high availability to fail over to', async () => {
    await twin.postgres.servers.beginRestartAndWait('rg-orders-weu', 'orders-db-weu');
    expect(twin.plane.asked).toEqual(['restart orders-db-weu']);
    const parameters = { restartWithFailover: true, failoverMode: 'ForcedFailover' };
    expect(
      await rejection(twin.postgres.servers.beginRestart('rg-orders-weu', 'orders-db-weu', { parameters })),
    ).toMatchObject({ code: 'HighAvailabilityNotEnabled' });
  });

  it('are created as replicas and restored to an instant', async () => {
    const source = idOf(twin, 'rg-orders-weu', 'orders-db-weu');
    const replica = await twin.postgres.servers.beginCreateOrUpdateAndWait('rg-orders-shared', 'orders-db-two', {
      location: 'North Europe',
      createMode: 'Replica',
      sourceServerResourceId: source,
    });
    expect(replica).toMatchObject({
      location: 'northeurope',
      replicationRole: 'AsyncReplica',
      sourceServerResourceId: source,
      state: 'Ready',
    });
    const pointInTimeUTC = new Date('2026-11-21T04:05:06Z');
    const restored = await twin.postgres.servers.beginCreateOrUpdateAndWait('rg-orders-weu', 'orders-db-old', {
      location: 'westeurope',
      createMode: 'PointInTimeRestore',
      sourceServerResourceId: source,
      pointInTimeUTC,
    });
    expect(restored).toMatchObject({ replicationRole: 'Primary', state: 'Ready' });
    expect(twin.plane.asked).toEqual([
      'stream orders-db-two orders-db-weu',
      'restore orders-db-old orders-db-weu 2026-11-21T04:05:06.000Z',
    ]);
  });

  it.each([
    [{ location: 'westeurope', createMode: 'Default' }, 'UnsupportedByTwin'],
    [
      { location: 'westeurope', createMode: 'Replica', sourceServerResourceId: '/subscriptions/x' },
      'InvalidParameterValue',
    ],
    [{ location: 'mars', createMode: 'Replica' }, 'LocationNotAvailableForResourceType'],
    [{ location: 'westeurope', createMode: 'PointInTimeRestore' }, 'InvalidParameterValue'],
  ])('are not created from %o', async (body, code) => {
    const properties = { sourceServerResourceId: idOf(twin, 'rg-orders-weu', 'orders-db-weu'), ...body };
    expect(
      await rejection(twin.postgres.servers.beginCreateOrUpdateAndWait('rg-orders-weu', 'orders-db-new', properties)),
    ).toMatchObject({ code });
    expect(await rejection(server('rg-orders-weu', 'orders-db-new'))).toMatchObject({ statusCode: 404 });
  });

  it('do not stay behind when they could not be created', async () => {
    twin.plane.failing.set('stream', new Error('no room'));
    const source = idOf(twin, 'rg-orders-weu', 'orders-db-weu');
    const body = { location: 'westeurope', createMode: 'Replica', sourceServerResourceId: source };
    expect(
      (await rejection(twin.postgres.servers.beginCreateOrUpdateAndWait('rg-orders-weu', 'orders-db-new', body)))
        .message,
    ).toContain('no room');
    expect(await rejection(server('rg-orders-weu', 'orders-db-new'))).toMatchObject({ statusCode: 404 });
  });

  it('are deleted, but no primary that has replicas', async () => {
    const error = await rejection(twin.postgres.servers.beginDeleteAndWait('rg-orders-weu', 'orders-db-weu'));
    expect(error).toMatchObject({ code: 'ReadReplicaServersExistForSourceServer', statusCode: 400 });
    await twin.postgres.servers.beginDeleteAndWait('rg-orders-neu', 'orders-db-neu');
    expect(await rejection(server('rg-orders-neu', 'orders-db-neu'))).toMatchObject({
      code: 'ResourceNotFound',
      statusCode: 404,
    });
    await twin.postgres.servers.beginDeleteAndWait('rg-orders-neu', 'orders-db-neu');
    expect(twin.plane.asked).toEqual(['remove orders-db-neu']);
  });
});
