import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ResourceManagementClient } from '@azure/arm-resources';
import { ClientSecretCredential, ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openWorld } from '../../../../src/providers/world.ts';
import { makeIdentity } from '../../../../src/twin/control/identity/tokens.ts';
import { environmentOf } from '../../../../src/twin/world/environment-of.ts';
import { call, type PlaneUnderTest, planeUnderTest, rejection, TOKEN } from '../plane-under-test.ts';

const ARM = 'https://management.azure.com/.default';
const STORAGE = 'https://storage.azure.com/.default';
const AUDIENCE = 'https://management.azure.com';

describe('sign-in, by the unmodified Azure identity library', () => {
  let now = Date.now();
  const world = { tenant: '22222222-2222-4222-8222-222222222222' };
  const identity = makeIdentity({ ...world, operatorToken: TOKEN, now: () => now });
  let twin: PlaneUnderTest;
  beforeAll(async () => {
    twin = await planeUnderTest(world, { identity });
  });
  afterAll(() => twin.close());
  afterEach(() => {
    now = Date.now();
    for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER', 'HTTPS_PROXY', 'NO_PROXY']) delete process.env[name];
  });
  const credential = ({
    tenant = world.tenant,
    clientId = identity.client.clientId,
    clientSecret = identity.client.clientSecret,
  } = {}) =>
    new ClientSecretCredential(tenant, clientId, clientSecret, {
      authorityHost: twin.control.endpoint,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: twin.certificates.authority },
    } as object);
  const groups = (bearer: string) =>
    call(
      `${twin.control.endpoint}/subscriptions/${twin.world.subscription}/resourcegroups?api-version=2025-04-01`,
      { method: 'GET', agent: twin.agent, headers: { authorization: `Bearer ${bearer}` } },
      undefined,
    );

  it('gives a token with an hour to live, which a client of Azure works with', async () => {
    const { token, expiresOnTimestamp } = await credential().getToken(ARM);
    expect(expiresOnTimestamp - Date.now()).toBeGreaterThan(3_500_000);
    expect(expiresOnTimestamp - Date.now()).toBeLessThan(3_700_000);
    expect((await groups(token)).status).toBe(200);
    const client = new ResourceManagementClient(credential(), twin.world.subscription, {
      endpoint: twin.control.endpoint,
      tlsOptions: { ca: twin.certificates.authority },
    });
    expect(await Array.fromAsync(client.resourceGroups.list())).toHaveLength(3);
  });

  it('gives tokens for storage, which the control plane refuses', async () => {
    const { token } = await credential().getToken(STORAGE);
    expect(identity.check(token, ['https://storage.azure.com'])).toEqual({ kind: 'accepted' });
    const answer = await groups(token);
    expect([answer.status, answer.body.error.code]).toEqual([401, 'InvalidAuthenticationTokenAudience']);
  });

  it('refuses a token that expired, and one of another twin', async () => {
    const { token } = await credential().getToken(ARM);
    now += 3_600_000;
    const expired = await groups(token);
    expect([expired.status, expired.body.error.code]).toEqual([401, 'ExpiredAuthenticationToken']);
    now = Date.now();
    const foreign = makeIdentity({ ...world, operatorToken: 'other' }).issue(AUDIENCE).token;
    const [head, , signature] = token.split('.');
    for (const forged of [foreign, 'a.b.c', `${head}.${foreign.split('.')[1]}.${signature}`]) {
      const answer = await groups(forged);
      expect([answer.status, answer.body.error.code]).toEqual([401, 'InvalidAuthenticationToken']);
    }
  });

  it.each([
    [{ clientSecret: 'wrong' }, ARM, 'AADSTS7000215'],
    [{ clientId: '00000000-0000-4000-8000-000000000000' }, ARM, 'AADSTS700016'],
    [{ tenant: '33333333-3333-4333-8333-333333333333' }, ARM, ''],
    [{}, 'https://elsewhere.example/.default', 'AADSTS500011'],
  ])('refuses %o for %s', async (given, scope, code) => {
    const error = await rejection(credential(given).getToken(scope));
    expect(error.message).toContain(code);
    expect(error.message).not.toContain(identity.client.clientSecret);
  });

  it('serves a managed identity', async () => {
    // The library speaks plain HTTP to this address, as it does on a host of Azure; a small forwarder stands for that host.
    const host = createServer(async ({ url, headers }, outgoing) => {
      const sent = { 'x-identity-header': String(headers['x-identity-header']) };
      const answer = await call(
        `${twin.control.endpoint}${url}`,
        { method: 'GET', agent: twin.agent, headers: sent },
        undefined,
      );
      outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
    await new Promise<void>((settle) => host.listen(0, '127.0.0.1', settle));
    try {
      process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(host.address() as AddressInfo).port}/msi/token`;
      process.env['IDENTITY_HEADER'] = identity.client.identityHeader;
      const { token } = await new ManagedIdentityCredential().getToken(ARM);
      expect((await groups(token)).status).toBe(200);
    } finally {
      host.closeAllConnections();
      host.close();
    }
    const unknown = await twin.send('GET', `/msi/token?resource=${AUDIENCE}`, undefined, { 'x-identity-header': 'no' });
    expect(unknown.status).toBe(401);
  });

  it('is how drillmaster itself speaks to a twin, whatever proxy is set', async () => {
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
    const { clientId, clientSecret } = identity.client;
    const opened = openWorld(environmentOf(twin.world), {
      armEndpoint: twin.control.endpoint,
      authority: twin.certificates.authority,
      hosts: {},
      client: { authorityHost: twin.control.endpoint, clientId, clientSecret },
    });
    const path = `/subscriptions/${twin.world.subscription}/resourcegroups`;
    expect((await opened.arm.list({ path, apiVersion: '2025-04-01' }, AbortSignal.timeout(10_000))).length).toBe(3);
    const log = (await twin.send('GET', '/twin/log')).body as { path: string }[];
    const before = log.filter((entry) => entry.path.endsWith('/token')).length;
    await opened.arm.list({ path, apiVersion: '2025-04-01' }, AbortSignal.timeout(10_000));
    const after = (await twin.send('GET', '/twin/log')).body as { path: string }[];
    expect(after.filter((entry) => entry.path.endsWith('/token')).length).toBe(before);
  });
});
