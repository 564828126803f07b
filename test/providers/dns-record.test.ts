import { Resolver } from 'node:dns/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import { dnsRecord } from '../../src/providers/azure/dns-record.ts';
import { sameValues } from '../../src/providers/azure/dns-record-set.ts';
import { dnsAssert } from '../../src/providers/dns/dns-assert.ts';
import { inventory } from '../../src/providers/inventory.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import { environmentOf } from '../../src/twin/world/environment-of.ts';
import { type PlaneUnderTest, planeUnderTest, TOKEN } from '../twin/control/plane-under-test.ts';
import { contextOf, inspect, rejection, startAndObserve } from './world-builder.ts';

describe('azure/dns.record on a twin', () => {
  let twin: PlaneUnderTest;
  let world: World;
  let zone: string;
  let given: Json;
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  beforeEach(async () => {
    twin = await planeUnderTest({
      dnsZones: [
        {
          name: 'shop.example',
          group: 'rg-orders-shared',
          records: [{ name: 'www', type: 'A', ttl: 30, values: ['10.0.0.1'] }],
        },
      ],
    });
    resolver.setServers([twin.control.nameServer]);
    world = openWorld(environmentOf(twin.world), {
      armEndpoint: twin.control.endpoint,
      authority: twin.certificates.authority,
      nameServer: twin.control.nameServer,
      hosts: {},
      token: TOKEN,
    });
    zone = `/subscriptions/${twin.world.subscription}/resourceGroups/rg-orders-shared/providers/Microsoft.Network/dnsZones/shop.example`;
    given = { zone, name: 'www', type: 'A', values: ['10.0.0.2'] };
  });
  afterEach(() => twin.close());
  const www = () => resolver.resolve4('www.shop.example');
  const puts = async () =>
    ((await twin.send('GET', '/twin/log')).body as { method: string; path: string }[]).filter(
      ({ method, path }) => ['PUT', 'PATCH', 'DELETE'].includes(method) && path.includes('/dnsZones/'),
    ).length;
  const takeBack = (before: Json, context = contextOf(world)) =>
    dnsRecord.takeBack?.(dnsRecord.input.parse(given), before, context) ?? Promise.reject(new Error('none'));
  const write = (values: readonly string[]) =>
    twin.send('PUT', `${zone}/A/www?api-version=2018-05-01`, {
      properties: { TTL: 30, ARecords: values.map((ipv4Address) => ({ ipv4Address })) },
    });

  it('sets the values with one request, keeps the time to live, and takes back what stood before', async () => {
    const context = contextOf(world);
    const { finding, before = null } = await inspect(dnsRecord, given, context);
    expect(finding).toBe('not-started');
    expect(await startAndObserve(dnsRecord, given, context)).toMatchObject({
      fqdn: 'www.shop.example',
      ttl: 30,
      values: ['10.0.0.2'],
    });
    expect(await www()).toEqual(['10.0.0.2']);
    expect(await puts()).toBe(1);
    expect(await inspect(dnsRecord, given, context)).toMatchObject({ finding: 'done' });
    await takeBack(before);
    await takeBack(before);
    expect(await www()).toEqual(['10.0.0.1']);
    expect(await puts()).toBe(2);
  });

  it('makes a record set that was not there, and removes it again', async () => {
    given = { zone, name: 'new', type: 'CNAME', ttl: 5, values: ['www.shop.example'] };
    const context = contextOf(world);
    const { finding, before = null } = await inspect(dnsRecord, given, context);
    expect([finding, before]).toMatchObject(['not-started', { present: false }]);
    await startAndObserve(dnsRecord, given, context);
    expect(await resolver.resolve4('new.shop.example')).toEqual(['10.0.0.1']);
    await takeBack(before);
    await takeBack(before);
    expect(await rejection(resolver.resolve4('new.shop.example'))).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('is done where the values stand already, whoever set them', async () => {
    given = { zone, name: 'www', type: 'A', values: ['10.0.0.1'] };
    expect(await inspect(dnsRecord, given, contextOf(world))).toMatchObject({ finding: 'done' });
  });

  it('finds its own write after a lost reply, and sends nothing again', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'lost-reply', match: 'PUT *dnsZones' });
    const context = contextOf(world);
    await inspect(dnsRecord, given, context);
    expect(await rejection(startAndObserve(dnsRecord, given, context))).toMatchObject({ ambiguous: true });
    const after = contextOf(world, { intendedAt: 1, attemptedAt: 1 });
    expect(await inspect(dnsRecord, given, after)).toMatchObject({ finding: 'done' });
    expect(await puts()).toBe(1);
  });

  it('does not take the same values of somebody else for its own', async () => {
    await write(['10.0.0.2']);
    const after = contextOf(world, { intendedAt: 1, attemptedAt: 1 });
    expect(await inspect(dnsRecord, given, after)).toMatchObject({ finding: 'unknown' });
    expect(await inspect(dnsRecord, given, contextOf(world))).toMatchObject({ finding: 'done' });
  });

  it('does not overwrite what was changed after it looked', async () => {
    const context = contextOf(world);
    await inspect(dnsRecord, given, context);
    await write(['10.0.0.7']);
    expect(await rejection(startAndObserve(dnsRecord, given, context))).toMatchObject({
      ambiguous: false,
      retryable: false,
    });
    expect(await www()).toEqual(['10.0.0.7']);
  });

  it('takes back nothing that somebody else changed since', async () => {
    const context = contextOf(world);
    const { before = null } = await inspect(dnsRecord, given, context);
    await startAndObserve(dnsRecord, given, context);
    await write(['10.0.0.7']);
    expect(await rejection(takeBack(before))).toMatchObject({ code: 'record-changed' });
    expect(await www()).toEqual(['10.0.0.7']);
    expect(await inspect(dnsRecord, given, contextOf(world, { intendedAt: 1 }))).toMatchObject({
      finding: 'not-started',
    });
  });

  it('knows an IPv6 address in every spelling', () => {
    expect(sameValues('AAAA', ['2001:DB8:0:0::1'], ['2001:db8::1'])).toBe(true);
    expect(sameValues('AAAA', ['2001:db8::2'], ['2001:db8::1'])).toBe(false);
  });

  it('refuses addresses that are none, and a zone that is not there', async () => {
    for (const wrong of [
      { values: ['x'] },
      { type: 'AAAA' },
      { type: 'CNAME', values: ['a.example', 'b.example'] },
      { values: [] },
    ])
      expect(dnsRecord.input.safeParse({ ...(given as object), ...wrong }).success).toBe(false);
    given = { zone: `${zone}-not`, name: 'www', values: ['10.0.0.2'] };
    expect(await rejection(inspect(dnsRecord, given, contextOf(world)))).toMatchObject({ code: 'arm-not-found' });
  });

  it('shows in the inventory, and dns/assert asks the twin for it', async () => {
    const facts = async () => (await inventory.read([zone], contextOf(world))).find(({ id }) => id === zone)?.facts;
    expect(await facts()).toMatchObject({
      present: true,
      'recordsets["a/www"].properties.TTL': 30,
      'recordsets["a/www"].properties.ARecords[0].ipv4Address': '10.0.0.1',
    });
    const check = { name: 'www.shop.example', expect: 'records == ["10.0.0.2"] && ttl == 30' };
    expect(await rejection(startAndObserve(dnsAssert, check, contextOf(world)))).toMatchObject({
      code: 'check-failed',
    });
    await startAndObserve(dnsRecord, given, contextOf(world));
    expect(await facts()).toMatchObject({ 'recordsets["a/www"].properties.ARecords[0].ipv4Address': '10.0.0.2' });
    await startAndObserve(dnsAssert, check, contextOf(world));
  });
});
