import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection } from './plane-under-test.ts';

const FQDN = 'orders-shop.trafficmanager.net';

describe('Traffic Manager, driven by the Azure SDK', () => {
  let twin: PlaneUnderTest;
  beforeEach(async () => {
    twin = await planeUnderTest();
  });
  afterEach(() => twin.close());
  const profile = () => twin.traffic.profiles.get('rg-orders-shared', 'orders-tm');
  const update = (endpoint: string, body: object) =>
    twin.traffic.endpoints.update('rg-orders-shared', 'orders-tm', 'AzureEndpoints', endpoint, body);

  it('shows its profile with everything that clients read', async () => {
    await expect.poll(async () => (await profile()).monitorConfig?.profileMonitorStatus).toBe('Online');
    expect(await profile()).toMatchObject({
      name: 'orders-tm',
      location: 'global',
      profileStatus: 'Enabled',
      trafficRoutingMethod: 'Priority',
      dnsConfig: { relativeName: 'orders-shop', fqdn: FQDN, ttl: 10 },
      monitorConfig: { intervalInSeconds: 10, toleratedNumberOfFailures: 3, path: '/healthz' },
      endpoints: [
        {
          name: 'westeurope',
          endpointStatus: 'Enabled',
          priority: 1,
          endpointMonitorStatus: 'Online',
          target: 'orders-shop-weu.azurewebsites.net',
        },
        { name: 'northeurope', endpointStatus: 'Enabled', priority: 2, endpointMonitorStatus: 'Online' },
      ],
    });
    expect(await Array.fromAsync(twin.traffic.profiles.listBySubscription())).toHaveLength(1);
    expect(await Array.fromAsync(twin.traffic.profiles.listByResourceGroup('rg-orders-weu'))).toEqual([]);
  });

  it('steers to the enabled endpoint of the smallest priority', async () => {
    expect(twin.plane.steered.get(FQDN)).toBe('orders-shop-weu');
    const disabled = await update('westeurope', { endpointStatus: 'Disabled' });
    expect(disabled).toMatchObject({ endpointStatus: 'Disabled', endpointMonitorStatus: 'Disabled', priority: 1 });
    expect(twin.plane.steered.get(FQDN)).toBe('orders-shop-neu');
    await update('northeurope', { endpointStatus: 'Disabled' });
    expect(twin.plane.steered.get(FQDN)).toBeUndefined();
    expect((await profile()).monitorConfig?.profileMonitorStatus).toBe('Inactive');
    await update('westeurope', { endpointStatus: 'Enabled', priority: 7 });
    await update('northeurope', { endpointStatus: 'Enabled', priority: 6 });
    expect(twin.plane.steered.get(FQDN)).toBe('orders-shop-neu');
  });

  it('serves nobody when the profile is disabled', async () => {
    const updated = await twin.traffic.profiles.update('rg-orders-shared', 'orders-tm', {
      profileStatus: 'Disabled',
      tags: { why: 'test' },
    });
    expect(updated).toMatchObject({
      profileStatus: 'Disabled',
      tags: { why: 'test' },
      monitorConfig: { profileMonitorStatus: 'Disabled' },
    });
    expect(twin.plane.steered.get(FQDN)).toBeUndefined();
  });

  it('takes its own body back, as clients send it', async () => {
    const body = await profile();
    const put = await twin.traffic.profiles.createOrUpdate('rg-orders-shared', 'orders-tm', {
      ...body,
      dnsConfig: { ...body.dnsConfig, ttl: 30 },
    });
    expect(put.dnsConfig?.ttl).toBe(30);
    expect(put.endpoints?.map(({ name }) => name)).toEqual(['westeurope', 'northeurope']);
    const { endpoints } = await twin.traffic.profiles.createOrUpdate('rg-orders-shared', 'orders-tm', {
      ...body,
      endpoints: body.endpoints?.slice(1) ?? [],
    });
    expect(endpoints).toHaveLength(1);
    expect(twin.plane.steered.get(FQDN)).toBe('orders-shop-neu');
  });

  it('adds, shows and removes endpoints', async () => {
    await twin.traffic.endpoints.delete('rg-orders-shared', 'orders-tm', 'AzureEndpoints', 'westeurope');
    expect(twin.plane.steered.get(FQDN)).toBe('orders-shop-neu');
    const body = { target: 'orders-shop-weu.azurewebsites.net', priority: 1 };
    const added = await twin.traffic.endpoints.createOrUpdate(
      'rg-orders-shared',
      'orders-tm',
      'AzureEndpoints',
      'again',
      body,
    );
    expect(added).toMatchObject({
      name: 'again',
      endpointStatus: 'Enabled',
      priority: 1,
      endpointMonitorStatus: 'CheckingEndpoint',
    });
    expect(await twin.traffic.endpoints.get('rg-orders-shared', 'orders-tm', 'AzureEndpoints', 'AGAIN')).toMatchObject({
      name: 'again',
    });
    expect(twin.plane.steered.get(FQDN)).toBe('orders-shop-weu');
  });

  it.each([
    ['a priority that is taken', 'westeurope', { priority: 2 }, 'BadRequest'],
    ['a priority that is none', 'westeurope', { priority: 0 }, 'BadRequest'],
    ['another target', 'westeurope', { target: 'orders-shop-neu.azurewebsites.net' }, 'UnsupportedByTwin'],
    ['a target that is no shop', 'westeurope', { target: 'www.example.org' }, 'BadRequest'],
    ['an endpoint that does not exist', 'southeurope', { priority: 9 }, 'NotFound'],
  ])('refuses %s and changes nothing', async (_what, endpoint, body, code) => {
    expect(await rejection(update(endpoint, { endpointStatus: 'Disabled', ...body }))).toMatchObject({ code });
    expect((await profile()).endpoints?.map(({ endpointStatus, priority }) => [endpointStatus, priority])).toEqual([
      ['Enabled', 1],
      ['Enabled', 2],
    ]);
  });

  it('makes no profiles that its world does not have', async () => {
    const body = {
      location: 'global',
      trafficRoutingMethod: 'Priority',
      dnsConfig: { relativeName: 'other', ttl: 30 },
    };
    expect(await rejection(twin.traffic.profiles.createOrUpdate('rg-orders-shared', 'other-tm', body))).toMatchObject({
      code: 'UnsupportedByTwin',
    });
    expect(
      await rejection(
        twin.traffic.profiles.update('rg-orders-shared', 'orders-tm', { trafficRoutingMethod: 'Weighted' }),
      ),
    ).toMatchObject({ code: 'BadRequest' });
  });
});
