import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type PlaneUnderTest, planeUnderTest, TOKEN } from './plane-under-test.ts';

describe('the wire of the control plane', () => {
  let twin: PlaneUnderTest;
  beforeAll(async () => {
    twin = await planeUnderTest();
  });
  afterAll(() => twin.close());
  const groups = () => `/subscriptions/${twin.world.subscription}/resourcegroups`;
  const servers = () => `/subscriptions/${twin.world.subscription}/providers/Microsoft.DBforPostgreSQL/flexibleServers`;

  it('listens on the loopback and is trusted by nobody else', async () => {
    expect(twin.control.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const stranger = new Agent();
    await expect(
      call(`${twin.control.endpoint}${groups()}`, { method: 'GET', agent: stranger, headers: {} }),
    ).rejects.toThrow(/certificate/);
    stranger.destroy();
  });

  it.each([
    [{}, 'AuthenticationFailed'],
    [{ authorization: 'Bearer wrong' }, 'InvalidAuthenticationToken'],
    [{ authorization: `Basic ${TOKEN}` }, 'InvalidAuthenticationToken'],
  ])('refuses %o', async (headers, code) => {
    for (const path of [`${groups()}?api-version=2025-04-01`, '/twin/status', '/nowhere']) {
      const answer = await call(`${twin.control.endpoint}${path}`, {
        method: 'GET',
        agent: twin.agent,
        headers: headers as Record<string, string>,
      });
      expect(answer.status).toBe(401);
      expect(answer.body.error.code).toBe(code);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
  });

  it.each([
    ['GET', () => groups(), 400, 'MissingApiVersionParameter'],
    ['GET', () => `${servers()}?api-version=2017-12-01`, 400, 'NoRegisteredProviderFound'],
    [
      'GET',
      () => '/subscriptions/00000000-0000-0000-0000-00000000abcd/resourcegroups?api-version=2025-04-01',
      404,
      'SubscriptionNotFound',
    ],
    [
      'GET',
      () => '/subscriptions/x/providers/Microsoft.Cache/redis?api-version=2025-04-01',
      404,
      'InvalidResourceType',
    ],
    ['POST', () => `${groups()}?api-version=2025-04-01`, 405, 'MethodNotAllowed'],
    ['GET', () => `${groups()}/%E0%A4%A?api-version=2025-04-01`, 400, 'InvalidRequestUri'],
    ['GET', () => `${groups()}?api-version=2025-04-01&$skiptoken=!!!`, 400, 'InvalidSkipToken'],
  ])('answers %s with an ARM error', async (method, path, status, code) => {
    const answer = await twin.send(method, path());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).not.toBe('');
  });

  it('refuses a body that is no JSON or far too large', async () => {
    const path = `${groups()}/rg-new?api-version=2025-04-01`;
    expect((await twin.send('PUT', path, '{"location":')).body.error.code).toBe('InvalidRequestContent');
    expect((await twin.send('PUT', path, [])).body.error.code).toBe('InvalidRequestContent');
    const large = await twin.send('PUT', path, { location: 'x'.repeat(1_100_000) }).catch((error: Error) => error);
    expect(large instanceof Error || large.status === 413).toBe(true);
    expect((await twin.send('GET', path)).status).toBe(404);
  });

  it('gives request ids, echoes the client’s when asked, and counts what is left', async () => {
    const path = `${groups()}?api-version=2025-04-01`;
    const headers = { 'x-ms-client-request-id': 'client-7', 'x-ms-correlation-request-id': 'together-7' };
    const quiet = (await twin.send('GET', path, undefined, headers)).headers;
    expect(quiet['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(quiet['x-ms-correlation-request-id']).toBe('together-7');
    expect(quiet['x-ms-client-request-id']).toBeUndefined();
    const echoed = (await twin.send('GET', path, undefined, { ...headers, 'x-ms-return-client-request-id': 'true' }))
      .headers;
    expect(echoed['x-ms-client-request-id']).toBe('client-7');
    const left = (answer: typeof quiet) => Number(answer['x-ms-ratelimit-remaining-subscription-reads']);
    expect(left(quiet)).toBeLessThan(250);
    expect(left(echoed)).toBeLessThanOrEqual(left(quiet));
  });

  it('throttles who asks too much, and tells when to come back', async () => {
    const other = await planeUnderTest();
    try {
      const path = `/subscriptions/${other.world.subscription}/resourcegroups/rg-none?api-version=2025-04-01`;
      const answers = await Promise.all(Array.from({ length: 260 }, () => other.send('DELETE', path)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(30);
      expect(refused[0]?.headers['retry-after']).toBe('1');
      expect(answers.filter(({ status }) => status === 404).length).toBeGreaterThanOrEqual(200);
    } finally {
      await other.close();
    }
  });

  it('keeps the newest thousand requests, without queries', async () => {
    await Promise.all(Array.from({ length: 1010 }, () => twin.send('GET', '/twin/faults')));
    const log = (await twin.send('GET', '/twin/log')).body;
    expect(log).toHaveLength(1000);
    expect(log.at(-1)).toMatchObject({ method: 'GET', path: '/twin/faults', status: 200, clientRequestId: null });
  });
});

describe('long-running operations on the wire', () => {
  let twin: PlaneUnderTest;
  beforeAll(async () => {
    twin = await planeUnderTest({ operations: { 'PATCH Microsoft.DBforPostgreSQL/flexibleServers': 1400 } });
  });
  afterAll(() => twin.close());

  it('answer 202 with two signed URLs, hold polls, and end in both', async () => {
    const base = `/subscriptions/${twin.world.subscription}/resourceGroups/rg-orders-neu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-db-neu`;
    const body = { properties: { replica: { role: 'Primary', promoteMode: 'switchover', promoteOption: 'forced' } } };
    const accepted = await twin.send('PATCH', `${base}?api-version=2025-08-01`, body);
    expect(accepted.status).toBe(202);
    expect(accepted.body).toMatchObject({ operation: 'PromoteReadReplicaManagementOperation' });
    const pathOf = (header: string) => String(accepted.headers[header]).replace(twin.control.endpoint, '');
    const watch = pathOf('azure-asyncoperation');
    const location = pathOf('location');
    expect(watch).toMatch(
      /^\/subscriptions\/[^/]+\/providers\/Microsoft\.DBforPostgreSQL\/locations\/northeurope\/azureAsyncOperation\/[0-9a-f-]{36}\?api-version=2025-08-01&t=/,
    );
    expect(watch.length).toBeGreaterThan(2900);
    expect(watch.length).toBeLessThan(4096);
    const unsigned = await twin.send('GET', watch.replace(/&s=[^&]+/, '&s=x'));
    expect([unsigned.status, unsigned.body.error.code]).toEqual([403, 'AuthorizationFailed']);
    const from = performance.now();
    const running = await twin.send('GET', location);
    expect(running.status).toBe(202);
    expect(running.headers['retry-after']).toBe('1');
    expect(performance.now() - from).toBeGreaterThan(900);
    const ended = await twin.send('GET', watch);
    expect(ended.body).toMatchObject({ status: 'Succeeded' });
    expect(Date.parse(ended.body.endTime) - Date.parse(ended.body.startTime)).toBeGreaterThanOrEqual(1390);
    expect((await twin.send('GET', location)).body).toMatchObject({
      name: 'orders-db-neu',
      properties: { replicationRole: 'Primary' },
    });
    expect(
      (await twin.send('GET', watch.replace(/azureAsyncOperation\/[^?]+/, 'azureAsyncOperation/none'))).status,
    ).toBe(404);
  });
});
