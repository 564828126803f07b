import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from './plane-under-test.ts';
import { type ServicesUnderTest, servicesUnderTest } from './services-under-test.ts';

/** The two clients have types of their own. */
const every = (items: AsyncIterable<object>): Promise<readonly object[]> => Array.fromAsync(items);

/** The two services have one shape, and clients of two generations. */
describe.each([
  { kind: 'sb', provider: 'ServiceBus', client: 'serviceBus' as const },
  { kind: 'eh', provider: 'EventHub', client: 'eventHubs' as const },
])('aliases of $provider, driven by the Azure SDK', ({ kind, provider, client }) => {
  let twin: ServicesUnderTest;
  beforeEach(async () => {
    twin = await servicesUnderTest();
  });
  afterEach(() => twin.close());
  const WEU = ['rg-orders-weu', `orders-${kind}-weu`] as const;
  const NEU = ['rg-orders-neu', `orders-${kind}-neu`] as const;
  const ALIAS = `orders-${kind}`;
  const configs = () => twin[client].disasterRecoveryConfigs;
  const get = (namespace: readonly [string, string], alias = ALIAS) => configs().get(...namespace, alias);
  const state = async (namespace: readonly [string, string]) => (await get(namespace)).provisioningState;
  const settled = (namespace: readonly [string, string]) => expect.poll(() => state(namespace)).not.toBe('Accepted');
  const idOf = ([group, name]: readonly [string, string]) =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/${group}/providers/Microsoft.${provider}/namespaces/${name}`;
  const failover = (namespace: readonly [string, string], more: object = {}) =>
    configs().failOver(...namespace, ALIAS, more);

  it('shows namespaces, and the alias from both of them', async () => {
    expect(await twin[client].namespaces.get(...WEU)).toMatchObject({
      name: `orders-${kind}-weu`,
      location: 'West Europe',
      provisioningState: 'Succeeded',
      status: 'Active',
    });
    expect(await every(twin[client].namespaces.listByResourceGroup('rg-orders-neu'))).toHaveLength(1);
    expect(await every(twin[client].namespaces.list())).toHaveLength(2);
    expect(await get(WEU)).toMatchObject({
      role: 'Primary',
      provisioningState: 'Succeeded',
      partnerNamespace: idOf(NEU),
    });
    expect(await get(NEU)).toMatchObject({ role: 'Secondary', partnerNamespace: idOf(WEU) });
    expect(await every(configs().list(...NEU))).toHaveLength(1);
  });

  it('is failed over on the secondary, which has the alias alone afterwards, and paired again', async () => {
    await twin.slow('POST *failover');
    await failover(NEU);
    expect(await get(NEU)).toMatchObject({ provisioningState: 'Accepted', role: 'Secondary' });
    await settled(NEU);
    expect(await get(NEU)).toMatchObject({
      provisioningState: 'Succeeded',
      role: 'PrimaryNotReplicating',
      partnerNamespace: '',
    });
    expect(await rejection(get(WEU))).toMatchObject({ code: 'ResourceNotFound' });
    const [journaled] = await twin.journal();
    expect(journaled).toMatchObject({
      operation: `POST Microsoft.${provider}/namespaces/disasterRecoveryConfigs/failover`,
      status: 'Succeeded',
      recordedMs: 100_000,
    });
    await configs().createOrUpdate(...NEU, ALIAS, { partnerNamespace: idOf(WEU) });
    await settled(NEU);
    expect(await get(NEU)).toMatchObject({ role: 'Primary', partnerNamespace: idOf(WEU) });
    await failover(WEU);
    await settled(WEU);
    await configs().createOrUpdate(...WEU, ALIAS, { partnerNamespace: idOf(NEU) });
    await settled(WEU);
    expect(await get(WEU)).toMatchObject({ role: 'Primary', provisioningState: 'Succeeded' });
    expect(await get(NEU)).toMatchObject({ role: 'Secondary' });
  });

  it('answers a failover at once, with no header to poll', async () => {
    const version = kind === 'sb' ? '2021-11-01' : '2024-01-01';
    const path = `${idOf(NEU)}/disasterRecoveryConfigs/${ALIAS}/failover?api-version=${version}`;
    const { status, headers, body } = await twin.send('POST', path);
    expect([status, body]).toEqual([200, undefined]);
    for (const name of ['location', 'azure-asyncoperation', 'retry-after']) expect(headers[name]).toBeUndefined();
  });

  it('refuses what the place cannot do', async () => {
    for (const refused of [failover(WEU), configs().breakPairing(...NEU, ALIAS), configs().delete(...WEU, ALIAS)])
      expect(await rejection(refused)).toMatchObject({ statusCode: 400, code: 'BadRequest' });
    const itself = configs().createOrUpdate(...WEU, ALIAS, { partnerNamespace: idOf(WEU) });
    expect(await rejection(itself)).toMatchObject({ statusCode: 400 });
    const taken = configs().createOrUpdate(...WEU, 'another-alias', { partnerNamespace: idOf(NEU) });
    expect(await rejection(taken)).toMatchObject({ statusCode: 400 });
    expect(await rejection(get(WEU, 'nothing'))).toMatchObject({ code: 'ResourceNotFound' });
    await twin.slow('POST *failover');
    await failover(NEU);
    expect(await rejection(failover(NEU))).toMatchObject({ statusCode: 409, code: 'Conflict' });
    expect(await twin.journal()).toHaveLength(1);
  });

  it('breaks the pair on the primary, and deletes what is left', async () => {
    await twin.slow('POST *breakPairing');
    await configs().breakPairing(...WEU, ALIAS);
    expect(await get(WEU)).toMatchObject({ provisioningState: 'Accepted', role: 'Primary' });
    await settled(WEU);
    expect(await get(WEU)).toMatchObject({ role: 'PrimaryNotReplicating', partnerNamespace: '' });
    await rejection(get(NEU));
    await configs().delete(...WEU, ALIAS);
    expect(await every(configs().list(...WEU))).toEqual([]);
    await configs().delete(...WEU, ALIAS);
  });

  it('fails over while the primary region is lost, unless it should be safe', async () => {
    await twin.outage('westeurope');
    const path = `${idOf(NEU)}/disasterRecoveryConfigs/${ALIAS}/failover?api-version=2021-11-01`;
    await twin.send('POST', path, { properties: { IsSafeFailover: true } });
    await settled(NEU);
    expect(await get(NEU)).toMatchObject({ provisioningState: 'Failed', role: 'Secondary' });
    await failover(NEU);
    await settled(NEU);
    expect(await get(NEU)).toMatchObject({ provisioningState: 'Succeeded', role: 'PrimaryNotReplicating' });
  });

  it('does not fail over into a region that is lost', async () => {
    await twin.outage('northeurope');
    await failover(NEU);
    await settled(NEU);
    expect(await get(WEU)).toMatchObject({ provisioningState: 'Failed', role: 'Primary', partnerNamespace: idOf(NEU) });
  });

  it('fails as a fault says, and keeps its pair', async () => {
    const match = 'POST *disasterRecoveryConfigs*failover';
    await twin.fault({ fault: 'failing-operation', match, times: 1, code: 'Planted', message: 'no' });
    await failover(NEU);
    await settled(NEU);
    expect(await get(WEU)).toMatchObject({ provisioningState: 'Failed', role: 'Primary', partnerNamespace: idOf(NEU) });
  });

  it('has failed over also when the answer was lost', async () => {
    const match = 'POST *disasterRecoveryConfigs*failover';
    await twin.fault({ fault: 'lost-reply', match, times: 1 });
    const path = `${idOf(NEU)}/disasterRecoveryConfigs/${ALIAS}/failover?api-version=2021-11-01`;
    await rejection(twin.send('POST', path));
    await settled(NEU);
    expect(await get(NEU)).toMatchObject({ role: 'PrimaryNotReplicating' });
  });
});
