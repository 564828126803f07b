import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inventory } from '../../src/providers/inventory.ts';
import {
  buildWorld,
  contextOf,
  ENDPOINT,
  PRIMARY,
  PROFILE,
  REPLICA,
  rejection,
  SUBSCRIPTION,
  serverBody,
} from './world-builder.ts';

const api = () => nock(ENDPOINT);
const resource = (id: string, type: string) => ({
  id,
  name: id.split('/').at(-1),
  type,
  location: 'westeurope',
  provisioningState: 'Succeeded',
});
const group = (name: string, value: readonly object[]) =>
  api()
    .get(new RegExp(`^/subscriptions/${SUBSCRIPTION}/resourcegroups/${name}/resources\\?`, 'i'))
    .reply(200, { value });
/** Every list below a resource is empty, but for those that a test gives. */
const lists = (id: string, given: Readonly<Record<string, readonly object[]>> = {}) =>
  api()
    .persist()
    .get((uri) => decodeURIComponent(uri).startsWith(`${id}/`))
    .reply(200, ({ url }: { readonly url: string }) => ({
      value: given[new URL(url).pathname.split('/').at(-1) ?? ''] ?? [],
    }));
const read = (...ids: string[]) => inventory.read(ids, contextOf(buildWorld()));
const profile = {
  properties: {
    profileStatus: 'Enabled',
    endpoints: [
      { name: 'westeurope', properties: { endpointStatus: 'Disabled', priority: 1 } },
      { name: 'northeurope', properties: { endpointStatus: 'Enabled', priority: 2 } },
    ],
  },
};

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('the inventory', () => {
  it('keeps the whole configuration of a flexible server, with its firewall rules and parameters', async () => {
    group('rg-neu', [resource(REPLICA, 'Microsoft.DBforPostgreSQL/flexibleServers')]);
    lists(REPLICA, {
      firewallRules: [
        { id: `${REPLICA}/firewallRules/office`, name: 'office', properties: { startIpAddress: '1.2.3.4' } },
      ],
      configurations: [{ name: 'max_connections', properties: { value: '859', description: 'How many at once.' } }],
    });
    api()
      .get(REPLICA)
      .query({ 'api-version': '2025-08-01' })
      .reply(
        200,
        serverBody(REPLICA, { replicationRole: 'AsyncReplica', sourceServerResourceId: PRIMARY }, 'northeurope'),
      );
    expect(await read(REPLICA)).toEqual([
      {
        id: REPLICA,
        type: 'Microsoft.DBforPostgreSQL/flexibleServers',
        facts: {
          present: true,
          location: 'northeurope',
          'properties.state': 'Ready',
          'properties.replicationRole': 'AsyncReplica',
          'properties.sourceServerResourceId': PRIMARY.toLowerCase(),
          'properties.version': '17',
          'properties.fullyQualifiedDomainName': 'db-neu.postgres.database.azure.com',
          'properties.replica.role': 'Primary',
          'firewallRules["office"].properties.startIpAddress': '1.2.3.4',
          'configurations["max_connections"].properties.value': '859',
        },
      },
    ]);
  });

  it('keeps how a Traffic Manager profile steers', async () => {
    group('rg-shared', []);
    lists(PROFILE);
    api().get(PROFILE).query({ 'api-version': '2022-04-01' }).reply(200, profile);
    expect((await read(PROFILE))[0]?.facts).toEqual({
      present: true,
      'properties.profileStatus': 'Enabled',
      'properties.endpoints["westeurope"].properties.endpointStatus': 'Disabled',
      'properties.endpoints["westeurope"].properties.priority': 1,
      'properties.endpoints["northeurope"].properties.endpointStatus': 'Enabled',
      'properties.endpoints["northeurope"].properties.priority': 2,
    });
  });

  it('shows what else stands in the resource groups, whatever the case of its id', async () => {
    const leftOver = PRIMARY.replace('db-weu', 'db-left-over');
    group('rg-weu', [
      resource(PRIMARY.toUpperCase(), 'x'),
      resource(leftOver, 'Microsoft.DBforPostgreSQL/flexibleServers'),
    ]);
    lists(PRIMARY);
    api().get(PRIMARY).query(true).reply(200, serverBody(PRIMARY));
    const items = await read(PRIMARY);
    expect(items.map(({ id }) => id)).toEqual([leftOver, PRIMARY]);
    expect(items[0]?.facts).toEqual({ present: true, location: 'westeurope', provisioningState: 'Succeeded' });
  });

  it('asks the provider of any other resource for the version in which it can be read', async () => {
    const cache = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu/providers/Microsoft.Cache/redis/cache`;
    group('rg-weu', [resource(cache, 'Microsoft.Cache/redis')]);
    lists(cache);
    const apiVersions = ['2023-04-01', '2024-11-01', '2025-05-01-preview'];
    api()
      .get(`/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Cache`)
      .query(true)
      .reply(200, { resourceTypes: [{ resourceType: 'Redis', apiVersions }] });
    api()
      .get(cache)
      .query({ 'api-version': '2024-11-01' })
      .reply(200, { id: cache, properties: { port: 6380 } });
    expect((await read(cache))[0]?.facts).toEqual({ present: true, 'properties.port': 6380 });
  });

  it('knows a resource by its listing when nobody tells a version', async () => {
    const page = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu/providers/Microsoft.Web/staticSites/page`;
    const gone = page.replace('/page', '/gone');
    group('rg-weu', [resource(page, 'Microsoft.Web/staticSites')]);
    api()
      .get(`/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Web`)
      .query(true)
      .times(2)
      .reply(404, { error: { code: 'InvalidResourceType', message: 'none' } });
    const items = await read(page, gone);
    expect(items.map(({ facts }) => facts['present'])).toEqual([false, true]);
    expect(items.find(({ id }) => id === page)?.facts).toMatchObject({
      present: true,
      provisioningState: 'Succeeded',
    });
  });

  it('keeps the configuration of a Recovery Services vault', async () => {
    const vault = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu/providers/Microsoft.RecoveryServices/vaults/v`;
    group('rg-weu', [resource(vault, 'Microsoft.RecoveryServices/vaults')]);
    lists(vault);
    api()
      .get(vault)
      .query({ 'api-version': '2024-04-01' })
      .reply(200, { location: 'westeurope', sku: { name: 'RS0' }, properties: { provisioningState: 'Succeeded' } });
    expect((await read(vault))[0]?.facts).toEqual({
      present: true,
      location: 'westeurope',
      'sku.name': 'RS0',
      'properties.provisioningState': 'Succeeded',
    });
  });

  it('looks for everything whose name begins as an id with a star says', async () => {
    const disks = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu/providers/Microsoft.Compute/disks`;
    group('rg-weu', [resource(`${disks}/archive-osdisk-1`, 'Microsoft.Compute/disks')]);
    const found = await read(`${disks}/Archive-*`);
    expect(found.find(({ id }) => id.endsWith('*'))?.facts).toEqual({ present: true, count: 1 });
    group('rg-weu', [resource(`${disks}/other`, 'Microsoft.Compute/disks')]);
    const absent = await read(`${disks}/archive-*`);
    expect(absent.find(({ id }) => id.endsWith('*'))?.facts).toEqual({ present: false });
  });

  it('says that a resource is absent, and asks for each group once', async () => {
    group('rg-weu', []);
    const other = PRIMARY.replace('rg-weu', 'RG-WEU').replace('db-weu', 'db-two');
    api()
      .get(PRIMARY)
      .query(true)
      .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
    api()
      .get(other)
      .query(true)
      .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
    expect((await read(PRIMARY, other)).map(({ facts }) => facts)).toEqual([{ present: false }, { present: false }]);
    expect(nock.isDone()).toBe(true);
  });

  it('reads what lies in a resource group that it is given like what it is given itself', async () => {
    const owner = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu`;
    group('rg-weu', [resource(PRIMARY, 'Microsoft.DBforPostgreSQL/flexibleServers')]);
    lists(PRIMARY);
    api().get(`${owner}/providers/Microsoft.Authorization/locks`).query(true).reply(200, { value: [] });
    api()
      .get(owner)
      .query(true)
      .reply(200, { id: owner, location: 'westeurope', tags: { owner: 'shop' } });
    api().get(PRIMARY).query(true).reply(200, serverBody(PRIMARY));
    const [first, second] = await read(owner);
    expect(first?.facts).toMatchObject({ 'tags.owner': 'shop' });
    expect(second?.facts).toMatchObject({ 'properties.state': 'Ready' });
  });

  it('says of a list that is not served that it is not, and fails when one may not be read', async () => {
    group('rg-shared', []);
    api().get(PROFILE).query(true).reply(200, profile);
    const locks = () => api().get(`${PROFILE}/providers/Microsoft.Authorization/locks`).query(true);
    locks().reply(404, { error: { code: 'InvalidResourceType', message: 'none' } });
    expect((await read(PROFILE))[0]?.facts).toMatchObject({ locks: 'not served here (InvalidResourceType)' });
    group('rg-shared', []);
    api().get(PROFILE).query(true).reply(200, profile);
    locks().reply(403, { error: { code: 'AuthorizationFailed', message: 'no' } });
    expect(await rejection(read(PROFILE))).toMatchObject({ code: 'arm-unauthorized' });
  });

  it('holds a resource for standing whatever code a list below it is not found with', async () => {
    group('rg-shared', [resource(PROFILE, 'Microsoft.Network/trafficManagerProfiles')]);
    api().get(PROFILE).query(true).reply(200, profile);
    api()
      .get(`${PROFILE}/providers/Microsoft.Authorization/locks`)
      .query(true)
      .reply(404, { error: { code: 'LocksOfAnotherDay', message: 'none' } });
    expect((await read(PROFILE))[0]?.facts).toMatchObject({
      present: true,
      'properties.profileStatus': 'Enabled',
      locks: 'not served here (LocksOfAnotherDay)',
    });
  });

  it('holds nothing for absent that the list of its group names', async () => {
    group('rg-shared', [resource(PROFILE, 'Microsoft.Network/trafficManagerProfiles')]);
    api()
      .get(PROFILE)
      .query(true)
      .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
    expect((await read(PROFILE))[0]?.facts).toMatchObject({
      present: true,
      location: 'westeurope',
      'the resource itself': 'not found (ResourceNotFound), though its group lists it',
    });
  });

  it('fails rather than leave something out', async () => {
    group('rg-weu', []);
    api()
      .get(PRIMARY)
      .query(true)
      .reply(403, { error: { code: 'AuthorizationFailed', message: 'no' } });
    expect(await rejection(read(PRIMARY))).toMatchObject({ code: 'arm-unauthorized' });
    group('rg-weu', []);
    api().get(PRIMARY).query(true).reply(200, { no: 'server' });
    expect(await rejection(read(PRIMARY))).toMatchObject({ code: 'answer-invalid' });
  });
});
