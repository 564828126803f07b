import { Resolver } from 'node:dns/promises';
import { DnsManagementClient } from '@azure/arm-dns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest, rejection, TOKEN } from '../plane-under-test.ts';

const GROUP = 'rg-orders-shared';
const ZONE = 'shop.example';
/** Together far longer than what a resolver takes in one packet. */
const LONG = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(1000));

describe('DNS zones, driven by the Azure SDK and asked by the resolver of Node', () => {
  let twin: PlaneUnderTest;
  let dns: DnsManagementClient;
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  beforeAll(async () => {
    twin = await planeUnderTest({
      operations: { 'DELETE Microsoft.Network/dnsZones': 100 },
      dnsZones: [
        {
          name: ZONE,
          group: GROUP,
          records: [
            { name: '@', type: 'A', ttl: 30, values: ['10.0.0.1'] },
            { name: 'api', type: 'A', ttl: 20, values: ['10.0.0.4', '10.0.0.5'] },
            { name: 'api', type: 'AAAA', ttl: 20, values: ['fd00::4'] },
            { name: 'deep.below', type: 'TXT', ttl: 20, values: LONG },
            { name: 'www', type: 'CNAME', ttl: 15, target: 'api.shop.example' },
            { name: 'front', type: 'CNAME', ttl: 15, target: 'orders.trafficmanager.net' },
            { name: '*.any', type: 'A', ttl: 5, values: ['10.0.0.9'] },
            { name: 'taken.any', type: 'TXT', ttl: 5, values: ['here'] },
            { name: 'loop', type: 'CNAME', ttl: 5, target: 'loop.shop.example' },
          ],
        },
      ],
    });
    dns = new DnsManagementClient(
      { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      twin.world.subscription,
      { endpoint: twin.control.endpoint, tlsOptions: { ca: twin.certificates.authority } } as object,
    );
    resolver.setServers([twin.control.nameServer]);
  });
  afterAll(() => twin.close());

  it('answers with addresses, their time to live, texts and aliases', async () => {
    expect(await resolver.resolve4(ZONE, { ttl: true })).toEqual([{ address: '10.0.0.1', ttl: 30 }]);
    expect(
      (await resolver.resolve4('API.shop.example', { ttl: true })).toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    ).toEqual([
      { address: '10.0.0.4', ttl: 20 },
      { address: '10.0.0.5', ttl: 20 },
    ]);
    expect(await resolver.resolve6('api.shop.example')).toEqual(['fd00::4']);
    expect(await resolver.resolveCname('www.shop.example')).toEqual(['api.shop.example']);
    expect((await resolver.resolve4('www.shop.example')).toSorted()).toEqual(['10.0.0.4', '10.0.0.5']);
    expect((await resolver.resolveNs(ZONE))[0]).toBe('ns1-01.azure-dns.com');
    expect((await resolver.resolveSoa(ZONE)).nsname).toBe('ns1-01.azure-dns.com');
  });

  it('answers over TCP what is too long for one packet', async () => {
    const texts = await resolver.resolveTxt('deep.below.shop.example');
    expect(texts.map((pieces) => pieces.join('')).toSorted()).toEqual(LONG);
  });

  it.each([
    ['api.shop.example', 'TXT', 'ENODATA'],
    ['below.shop.example', 'A', 'ENODATA'],
    ['nothing.shop.example', 'A', 'ENOTFOUND'],
    ['taken.any.shop.example', 'A', 'ENODATA'],
    ['below.taken.any.shop.example', 'A', 'ENOTFOUND'],
    ['elsewhere.invalid', 'A', 'EREFUSED'],
    ['loop.shop.example', 'A', 'ESERVFAIL'],
  ])('tells no such name from no such type: %s %s', async (name, type, code) => {
    expect(await rejection(resolver.resolve(name, type as 'A'))).toMatchObject({ code });
  });

  it('answers for names that a wildcard covers', async () => {
    expect(await resolver.resolve4('one.any.shop.example')).toEqual(['10.0.0.9']);
    expect(await resolver.resolve4('two.one.any.shop.example')).toEqual(['10.0.0.9']);
  });

  it('leads the name of a profile to the shop that is served, and follows a change', async () => {
    const [profile] = twin.world.trafficManager;
    const fqdn = profile?.fqdn ?? '';
    expect(await resolver.resolveCname(fqdn)).toEqual(['orders-shop-weu.azurewebsites.net']);
    expect(await resolver.resolve4(fqdn)).toEqual(['127.0.0.1']);
    const change = (endpointStatus: 'Enabled' | 'Disabled') =>
      twin.traffic.endpoints.update(GROUP, profile?.name ?? '', 'AzureEndpoints', 'westeurope', { endpointStatus });
    await change('Disabled');
    expect(await resolver.resolveCname(fqdn)).toEqual(['orders-shop-neu.azurewebsites.net']);
    await change('Enabled');
    expect(await resolver.resolve4('one.example')).toEqual(['127.0.0.1']);
  });

  it('tells where it is in the status of the twin', async () => {
    expect((await twin.send('GET', '/twin/status')).body.nameServer).toBe(twin.control.nameServer);
    expect(twin.control.nameServer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('shows zones and record sets', async () => {
    expect(await dns.zones.get(GROUP, ZONE)).toMatchObject({ name: ZONE, location: 'global', numberOfRecordSets: 11 });
    expect((await Array.fromAsync(dns.zones.list())).map(({ name }) => name)).toEqual([ZONE]);
    expect(await Array.fromAsync(dns.zones.listByResourceGroup('rg-orders-weu'))).toEqual([]);
    expect(await Array.fromAsync(dns.recordSets.listByDnsZone(GROUP, ZONE))).toHaveLength(11);
    expect((await Array.fromAsync(dns.recordSets.listByType(GROUP, ZONE, 'CNAME'))).map(({ name }) => name)).toEqual([
      'www',
      'front',
      'loop',
    ]);
    expect(await dns.recordSets.get(GROUP, ZONE, 'api', 'A')).toMatchObject({
      ttl: 20,
      fqdn: 'api.shop.example.',
      aRecords: [{ ipv4Address: '10.0.0.4' }, { ipv4Address: '10.0.0.5' }],
    });
    expect((await dns.recordSets.get(GROUP, ZONE, '@', 'SOA')).soaRecord?.minimumTtl).toBe(300);
    expect(await rejection(dns.recordSets.get(GROUP, ZONE, 'none', 'A'))).toMatchObject({ statusCode: 404 });
    const listed = await Array.fromAsync(twin.resources.resources.listByResourceGroup(GROUP));
    expect(listed.map(({ type }) => type)).toContain('Microsoft.Network/dnsZones');
  });

  it('changes record sets on the condition of an etag, and answers with them at once', async () => {
    const made = await dns.recordSets.createOrUpdate(
      GROUP,
      ZONE,
      'new',
      'A',
      { ttl: 7, aRecords: [{ ipv4Address: '10.1.0.1' }] },
      { ifNoneMatch: '*' },
    );
    expect(await resolver.resolve4('new.shop.example', { ttl: true })).toEqual([{ address: '10.1.0.1', ttl: 7 }]);
    const again = dns.recordSets.createOrUpdate(
      GROUP,
      ZONE,
      'new',
      'A',
      { ttl: 7, aRecords: [] },
      { ifNoneMatch: '*' },
    );
    expect(await rejection(again)).toMatchObject({ statusCode: 412, code: 'PreconditionFailed' });
    const etag = made.etag ?? '';
    const changed = await dns.recordSets.update(GROUP, ZONE, 'new', 'A', { ttl: 9 }, { ifMatch: etag });
    expect(await resolver.resolve4('new.shop.example', { ttl: true })).toEqual([{ address: '10.1.0.1', ttl: 9 }]);
    expect(changed.etag).not.toBe(etag);
    expect(await rejection(dns.recordSets.delete(GROUP, ZONE, 'new', 'A', { ifMatch: etag }))).toMatchObject({
      statusCode: 412,
    });
    await dns.recordSets.delete(GROUP, ZONE, 'new', 'A', { ifMatch: changed.etag ?? '' });
    expect(await rejection(resolver.resolve4('new.shop.example'))).toMatchObject({ code: 'ENOTFOUND' });
    await dns.recordSets.delete(GROUP, ZONE, 'new', 'A');
  });

  it.each([
    ['api', 'CNAME', { ttl: 5, cnameRecord: { cname: 'x.example' } }, 'BadRequest'],
    ['www', 'A', { ttl: 5, aRecords: [{ ipv4Address: '10.0.0.1' }] }, 'BadRequest'],
    ['bad', 'A', { ttl: 5, aRecords: [{ ipv4Address: 'no address' }] }, 'BadRequest'],
    ['bad', 'A', { ttl: 5 }, 'BadRequest'],
    ['bad', 'MX', { ttl: 5, mxRecords: [{ preference: 1, exchange: 'x.example' }] }, 'UnsupportedByTwin'],
    ['bad', 'A', { ttl: 5, targetResource: { id: '/subscriptions/x' } }, 'UnsupportedByTwin'],
  ] as const)('refuses to set %s of type %s to %o', async (name, type, body, code) => {
    const { getToken: _, ...given } = { getToken: undefined, ...body };
    expect(await rejection(dns.recordSets.createOrUpdate(GROUP, ZONE, name, type, given as object))).toMatchObject({
      code,
    });
  });

  it('makes a zone and deletes it with what is in it', async () => {
    await dns.zones.createOrUpdate(GROUP, 'new.example', { location: 'global', tags: { drill: 'yes' } });
    await dns.recordSets.createOrUpdate(GROUP, 'new.example', 'a', 'TXT', {
      ttl: 5,
      txtRecords: [{ value: ['hello'] }],
    });
    expect(await resolver.resolveTxt('a.new.example')).toEqual([['hello']]);
    await dns.zones.beginDeleteAndWait(GROUP, 'new.example', { updateIntervalInMs: 50 });
    expect(await rejection(resolver.resolveTxt('a.new.example'))).toMatchObject({ code: 'EREFUSED' });
    expect(await rejection(dns.zones.get(GROUP, 'new.example'))).toMatchObject({ code: 'ResourceNotFound' });
  });
});
