import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trafficManagerEndpoint } from '../../src/providers/azure/trafficmanager-endpoint.ts';
import { buildWorld, contextOf, ENDPOINT, inspect, PROFILE, rejection, startAndObserve } from './world-builder.ts';

const tm = { 'api-version': '2022-04-01' };
const api = () => nock(ENDPOINT);

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('azure/trafficmanager.endpoint', () => {
  const path = `${PROFILE}/AzureEndpoints/westeurope`;
  const endpoint = (endpointStatus: string, priority: number | null) => ({
    name: 'westeurope',
    properties: { endpointStatus, priority, weight: 1 },
  });
  const given = { profile: PROFILE, endpoint: 'westeurope', status: 'Disabled' };

  it('remembers how it stood before', async () => {
    api().get(path).query(tm).reply(200, endpoint('Enabled', 1));
    expect(await inspect(trafficManagerEndpoint, given)).toMatchObject({
      finding: 'not-started',
      before: { status: 'Enabled', priority: 1 },
    });
  });

  it.each([
    [endpoint('Disabled', 1), given, 'done'],
    [endpoint('Disabled', 1), { ...given, priority: 2 }, 'not-started'],
    [endpoint('Enabled', 2), { profile: PROFILE, endpoint: 'westeurope', priority: 2 }, 'done'],
  ])('finds %j for %j %s', async (body, wanted, finding) => {
    api().get(path).query(tm).reply(200, body);
    expect(await inspect(trafficManagerEndpoint, wanted)).toMatchObject({ finding });
  });

  it('changes only what it was asked to, and is done at once', async () => {
    api()
      .patch(path, { properties: { endpointStatus: 'Disabled' } })
      .query(tm)
      .reply(200, endpoint('Disabled', 1));
    expect(await startAndObserve(trafficManagerEndpoint, given)).toEqual({
      profile: PROFILE,
      endpoint: 'westeurope',
      status: 'Disabled',
      priority: 1,
    });
  });

  it('takes back what it did', async () => {
    api()
      .patch(path, { properties: { endpointStatus: 'Enabled', priority: 1 } })
      .query(tm)
      .reply(200, endpoint('Enabled', 1));
    const input = trafficManagerEndpoint.input.parse(given);
    await trafficManagerEndpoint.takeBack?.(input, { status: 'Enabled', priority: 1 }, contextOf(buildWorld()));
    expect(nock.isDone()).toBe(true);
  });

  it('refuses an input that asks for nothing, and an answer that is no endpoint', async () => {
    expect(trafficManagerEndpoint.input.safeParse({ profile: PROFILE, endpoint: 'x' }).success).toBe(false);
    api().get(path).query(tm).reply(200, { properties: {} });
    expect(await rejection(inspect(trafficManagerEndpoint, given))).toMatchObject({ code: 'answer-invalid' });
  });

  it('does not call a change undone because its answer was unreadable', async () => {
    api().patch(path).query(tm).reply(200, { properties: {} });
    expect(await rejection(startAndObserve(trafficManagerEndpoint, given))).toMatchObject({
      code: 'answer-invalid',
      ambiguous: true,
    });
  });

  it('fails definitely where there is no such endpoint', async () => {
    api()
      .get(path)
      .query(tm)
      .reply(404, { error: { code: 'NotFound', message: 'none' } });
    expect(await rejection(inspect(trafficManagerEndpoint, given))).toMatchObject({
      code: 'arm-not-found',
      ambiguous: false,
    });
  });
});
