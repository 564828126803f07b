import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultRules } from '../../../src/twin/control/fault-rules.ts';
import { faultSchema, type RuleFault } from '../../../src/twin/control/fault-schema.ts';
import { type PlaneUnderTest, planeUnderTest, rejection } from './plane-under-test.ts';

const promote = { replica: { role: 'Primary', promoteMode: 'Switchover', promoteOption: 'Forced' } };

describe('faults of a twin', () => {
  let twin: PlaneUnderTest;
  beforeEach(async () => {
    twin = await planeUnderTest();
  });
  afterEach(() => twin.close());
  const fault = (body: object) => twin.send('POST', '/twin/faults', body);
  const operations = async () => (await twin.send('GET', '/twin/operations')).body;
  const patches = async () =>
    (await twin.send('GET', '/twin/log')).body.filter(({ method }: { method: string }) => method === 'PATCH');

  it('lose the reply after the operation started: one operation, and the client is told nothing', async () => {
    await fault({ fault: 'lost-reply', match: 'PATCH *flexibleServers/orders-db-neu' });
    const { postgres } = twin.clients({ retryOptions: { maxRetries: 0 } });
    const error = await rejection(postgres.servers.beginUpdate('rg-orders-neu', 'orders-db-neu', promote));
    expect(error.code).toBe('ECONNRESET');
    await expect.poll(async () => (await operations())[0]?.status).toBe('Succeeded');
    expect(await operations()).toHaveLength(1);
    expect(await patches()).toMatchObject([{ status: null }]);
    expect((await twin.postgres.servers.get('rg-orders-neu', 'orders-db-neu')).replicationRole).toBe('Primary');
  });

  it('lose the reply: a client that sends again is told that the server is busy, and still there is one operation', async () => {
    await fault({ fault: 'lost-reply', match: 'PATCH *flexibleServers/orders-db-neu' });
    await fault({ fault: 'slow-operation', match: 'PATCH *', addMs: 2000 });
    const error = await rejection(twin.postgres.servers.beginUpdate('rg-orders-neu', 'orders-db-neu', promote));
    expect(error).toMatchObject({ code: 'ServerIsBusy', statusCode: 409 });
    expect(await operations()).toHaveLength(1);
    const [first, second] = await patches();
    expect([first.status, second.status]).toEqual([null, 409]);
    expect(second.clientRequestId).toBe(first.clientRequestId);
  });

  it('throttle with a Retry-After that clients obey', async () => {
    await fault({ fault: 'throttle', match: 'GET *flexibleServers', retryAfterSeconds: 1 });
    const from = performance.now();
    expect(await Array.fromAsync(twin.postgres.servers.listBySubscription())).toHaveLength(2);
    expect(performance.now() - from).toBeGreaterThanOrEqual(990);
    await fault({ fault: 'throttle', match: 'GET *flexibleServers', retryAfterSeconds: 7 });
    const path = `/subscriptions/${twin.world.subscription}/providers/Microsoft.DBforPostgreSQL/flexibleServers?api-version=2025-08-01`;
    const raw = await twin.send('GET', path);
    expect(raw.status).toBe(429);
    expect(raw.headers['retry-after']).toBe('7');
    expect(raw.body.error.code).toBe('SubscriptionRequestsThrottled');
    expect((await twin.send('GET', path)).status).toBe(200);
  });

  it('damage rows by a faulty release until it is stopped, one at a time for each server', async () => {
    const id = `/subscriptions/${twin.world.subscription}/resourceGroups/rg-orders-weu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-db-weu`;
    const release = { fault: 'faulty-release', server: id };
    const started = await fault(release);
    expect(started).toMatchObject({ status: 201, body: { ...release, effectiveAt: expect.any(Number) } });
    expect((await twin.send('GET', '/twin/faults')).body).toMatchObject([{ ...release, damaged: 1 }]);
    expect((await fault(release)).body.error.code).toBe('FaultIsActive');
    expect((await fault({ ...release, server: id.replace(/weu/g, 'neu') })).body.error.code).toBe('InvalidServerRole');
    expect((await fault({ ...release, server: `${id}-not` })).status).toBe(404);
    const stop = () => twin.send('DELETE', '/twin/faults/faulty-release/Orders-DB-weu');
    twin.plane.failing.set('stopRelease', new Error('it cannot be reached'));
    expect((await stop()).body.error).toMatchObject({ code: 'ReleaseFailed' });
    expect((await twin.send('GET', '/twin/faults')).body).toHaveLength(1);
    expect(await stop()).toMatchObject({ status: 200, body: { damaged: 1, stoppedAt: expect.any(Number) } });
    expect((await stop()).status).toBe(404);
    const again = await fault(release);
    expect((await twin.send('DELETE', `/twin/faults/${again.body.id}`)).status).toBe(204);
    expect((await twin.send('GET', '/twin/faults')).body).toEqual([]);
  });

  it('begin nothing when the release found nothing to damage', async () => {
    twin.plane.failing.set('release', new Error('no orders'));
    const id = `/subscriptions/${twin.world.subscription}/resourceGroups/rg-orders-weu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-db-weu`;
    expect((await fault({ fault: 'faulty-release', server: id })).body.error).toMatchObject({ code: 'ReleaseFailed' });
    expect((await twin.send('GET', '/twin/faults')).body).toEqual([]);
  });

  it('do not hide where host names are served, which is asked anew each time', async () => {
    expect((await twin.send('GET', '/twin/hosts')).body).toEqual({ 'one.example': { host: '127.0.0.1', port: 1 } });
  });

  it('slow an operation down', async () => {
    await fault({ fault: 'slow-operation', match: 'PATCH *', factor: 2, addMs: 250 });
    await twin.postgres.servers.beginUpdateAndWait('rg-orders-neu', 'orders-db-neu', promote);
    const [{ tookMs }] = await operations();
    expect(tookMs).toBeGreaterThanOrEqual(845);
    expect(tookMs).toBeLessThan(1500);
  });

  it('fail an operation, and nothing has changed', async () => {
    await fault({
      fault: 'failing-operation',
      match: 'PATCH *',
      code: 'InternalServerError',
      message: 'The disk is on fire.',
    });
    const error = await rejection(twin.postgres.servers.beginUpdateAndWait('rg-orders-neu', 'orders-db-neu', promote));
    expect(error.message).toContain('The disk is on fire.');
    expect(await operations()).toMatchObject([{ status: 'Failed', faster: false }]);
    expect(twin.plane.asked).toEqual([]);
    expect(await twin.postgres.servers.get('rg-orders-neu', 'orders-db-neu')).toMatchObject({
      replicationRole: 'AsyncReplica',
      state: 'Ready',
    });
  });

  it('fail a restore, and no server is left that was never made', async () => {
    await fault({ fault: 'failing-operation', match: 'PUT *orders-db-copy' });
    const source = await twin.postgres.servers.get('rg-orders-weu', 'orders-db-weu');
    const restore = {
      location: 'westeurope',
      createMode: 'PointInTimeRestore' as const,
      sourceServerResourceId: source.id ?? '',
      pointInTimeUTC: new Date(),
    };
    const create = () => twin.postgres.servers.beginCreateOrUpdateAndWait('rg-orders-weu', 'orders-db-copy', restore);
    await rejection(create());
    expect((await rejection(twin.postgres.servers.get('rg-orders-weu', 'orders-db-copy'))).statusCode).toBe(404);
    expect(await create()).toMatchObject({ state: 'Ready' });
  });

  it('take a region away once, list it, and give it back', async () => {
    const started = await fault({ fault: 'region-outage', region: 'westeurope' });
    expect(started.status).toBe(201);
    expect(started.body).toMatchObject({
      fault: 'region-outage',
      region: 'westeurope',
      resources: [{ means: 'killed' }],
    });
    expect((await twin.send('GET', '/twin/faults')).body).toEqual([started.body]);
    expect((await fault({ fault: 'region-outage', region: 'westeurope' })).body.error.code).toBe('FaultIsActive');
    const down = (await twin.send('GET', '/twin/status')).body.regions;
    expect(down).toMatchObject([
      { name: 'westeurope', up: false, since: started.body.effectiveAt },
      { name: 'northeurope', up: true },
    ]);
    expect((await twin.send('DELETE', `/twin/faults/${started.body.id}`)).status).toBe(204);
    expect((await twin.send('GET', '/twin/status')).body.regions[0].up).toBe(true);
    expect((await twin.send('DELETE', '/twin/faults/region-outage/westeurope')).status).toBe(404);
  });

  it('keep a region out when it could not be brought back', async () => {
    await fault({ fault: 'region-outage', region: 'westeurope' });
    twin.plane.failing.set('endOutage', new Error('no ports left'));
    expect((await twin.send('DELETE', '/twin/faults/region-outage/westeurope')).body.error.message).toContain(
      'no ports left',
    );
    expect(twin.troubles.join()).toContain('no ports left');
    expect((await twin.send('GET', '/twin/faults')).body).toHaveLength(1);
    expect((await twin.send('DELETE', '/twin/faults/region-outage/westeurope')).status).toBe(204);
  });

  it('change a link and put it back as it was', async () => {
    const link = async () => (await twin.send('GET', '/twin/status')).body.links[0];
    const { body } = await fault({ fault: 'link', between: ['northeurope', 'westeurope'], latencyMs: 300, cut: true });
    expect(await link()).toMatchObject({ latencyMs: 300, cut: true, bandwidthKbps: null });
    await twin.send('DELETE', `/twin/faults/${body.id}`);
    expect(await link()).toMatchObject({ latencyMs: 150, cut: false });
  });

  it.each([
    [{ fault: 'earthquake' }, 400],
    [{ fault: 'region-outage', region: 'mars1' }, 404],
    [{ fault: 'link', between: ['westeurope', 'westeurope'] }, 404],
    [{ fault: 'throttle', match: '' }, 400],
    [{ fault: 'throttle', match: 'GET', times: 0 }, 400],
    [{ fault: 'throttle', match: 'GET', seconds: 3 }, 400],
    ['not json', 400],
  ])('refuse %o', async (body, status) => {
    expect((await twin.send('POST', '/twin/faults', body)).status).toBe(status);
    expect((await twin.send('GET', '/twin/faults')).body).toEqual([]);
  });

  it('are ended by their id, and unknown ids are said to be unknown', async () => {
    const { body } = await fault({ fault: 'throttle', match: 'GET *flexibleServers', times: 5 });
    expect((await twin.send('GET', '/twin/faults')).body).toMatchObject([{ id: body.id, timesLeft: 5 }]);
    expect((await twin.send('DELETE', `/twin/faults/${body.id}`)).status).toBe(204);
    expect((await twin.send('DELETE', `/twin/faults/${body.id}`)).status).toBe(404);
    expect(await Array.fromAsync(twin.postgres.servers.listBySubscription())).toHaveLength(2);
  });
});

describe('fault rules', () => {
  const rule = (given: object) => faultSchema.parse({ fault: 'throttle', match: 'GET', ...given }) as RuleFault;
  const hits = (seed: number, given: object, times: number) => {
    const rules = new FaultRules(seed);
    rules.add('rule-1', rule({ times: 1000, ...given }), 0);
    return Array.from({ length: times }, () => rules.take('throttle', 'GET', '/x') !== undefined);
  };

  it('hit by chance what the seed says, the same each time', () => {
    const seed = 20261121;
    const first = hits(seed, { probability: 0.3 }, 400);
    expect(hits(seed, { probability: 0.3 }, 400)).toEqual(first);
    expect(hits(seed + 1, { probability: 0.3 }, 400)).not.toEqual(first);
    const share = first.filter(Boolean).length / first.length;
    expect(share, `seed ${seed}`).toBeGreaterThan(0.22);
    expect(share, `seed ${seed}`).toBeLessThan(0.38);
  });

  it.each([
    ['PATCH *servers/a', 'PATCH', '/flexibleServers/A', true],
    ['PATCH *servers/a', 'GET', '/flexibleServers/A', false],
    ['*', 'GET', '/', true],
    ['b*a', 'GET', '/ab', false],
    ['****************************************x', 'GET', `/${'a'.repeat(5000)}`, false],
  ])('match %s on %s %s: %s', (match, method, path, expected) => {
    const rules = new FaultRules(1);
    rules.add('r', rule({ match }), 0);
    expect(rules.take('throttle', method, path) !== undefined).toBe(expected);
  });
});
