// A control plane over a fake data plane, and the unmodified clients of Azure aimed at it.

import { Agent, request } from 'node:https';
import { resolve } from 'node:path';
import { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import { RecoveryServicesClient } from '@azure/arm-recoveryservices';
import { SiteRecoveryManagementClient } from '@azure/arm-recoveryservices-siterecovery';
import { RecoveryServicesBackupClient } from '@azure/arm-recoveryservicesbackup';
import { ResourceManagementClient } from '@azure/arm-resources';
import { TrafficManagerManagementClient } from '@azure/arm-trafficmanager';
import { makeCertificates } from '../../../src/twin/control/certificates.ts';
import { startControlPlane } from '../../../src/twin/control/control-plane.ts';
import type { Identity } from '../../../src/twin/control/identity/tokens.ts';
import { loadWorld } from '../../../src/twin/world/load-world.ts';
import type { World } from '../../../src/twin/world/world-schema.ts';
import { fakePlane } from './fake-plane.ts';

export const WORLD_FILE = resolve(import.meta.dirname, '../../../drills/worlds/region-failover.yaml');
export const TOKEN = 'token-of-the-test';
const SCOPE = 'https://management.azure.com/.default';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  readonly body: any;
}

export async function planeUnderTest(changes: Partial<World> = {}, more: { readonly identity?: Identity } = {}) {
  const fast = {
    operations: {
      'PATCH Microsoft.DBforPostgreSQL/flexibleServers': 300,
      'PUT Microsoft.DBforPostgreSQL/flexibleServers': 200,
      'DELETE Microsoft.DBforPostgreSQL/flexibleServers': 200,
      'POST Microsoft.DBforPostgreSQL/flexibleServers/restart': 200,
      'DELETE Microsoft.Resources/resourceGroups': 200,
    },
  };
  const world: World = { ...loadWorld(WORLD_FILE), ...fast, ...changes };
  const plane = fakePlane(world);
  const certificates = await makeCertificates(world.name, Date.now());
  const troubles: string[] = [];
  const shutdowns: number[] = [];
  const control = await startControlPlane({
    world,
    plane,
    certificates,
    token: TOKEN,
    ...more,
    onTrouble: (message) => troubles.push(message),
    onShutdown: () => shutdowns.push(1),
  });
  const agent = new Agent({ ca: certificates.authority, keepAlive: true, maxSockets: 16 });
  const options = {
    endpoint: control.endpoint,
    tlsOptions: { ca: certificates.authority },
    credentialScopes: SCOPE,
    credentials: { scopes: [SCOPE] },
  };
  const credential = { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const clients = (more: object = {}) => ({
    postgres: new PostgreSQLManagementFlexibleServerClient(credential, world.subscription, { ...options, ...more }),
    traffic: new TrafficManagerManagementClient(credential, world.subscription, { ...options, ...more }),
    vaults: new RecoveryServicesClient(credential, world.subscription, { ...options, ...more }),
    backup: new RecoveryServicesBackupClient(credential, world.subscription, { ...options, ...more }),
    site: new SiteRecoveryManagementClient(credential, world.subscription, { ...options, ...more }),
    resources: new ResourceManagementClient(credential, world.subscription, { ...options, ...more }),
  });
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call(
      `${control.endpoint}${path}`,
      { method, agent, headers: { authorization: `Bearer ${TOKEN}`, ...headers } },
      body,
    );
  return {
    world,
    plane,
    control,
    certificates,
    troubles,
    shutdowns,
    clients,
    ...clients(),
    send,
    credential,
    options,
    agent,
    close: async () => {
      agent.destroy();
      await control.close();
    },
  };
}

export type PlaneUnderTest = Awaited<ReturnType<typeof planeUnderTest>>;

/** One plain HTTPS request. Rejects when the connection breaks. */
export function call(
  url: string,
  options: { method: string; agent: Agent; headers: Record<string, string> },
  body?: unknown,
): Promise<Answer> {
  return new Promise((settle, fail) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const outgoing = request(url, options, async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const raw = Buffer.concat(chunks).toString();
      settle({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: raw === '' ? undefined : JSON.parse(raw),
      });
    });
    outgoing.on('error', fail);
    outgoing.end(text);
  });
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string; statusCode?: number }> {
  return promise.then(
    () => {
      throw new Error('expected a rejection, found a result');
    },
    (error: unknown) => error as Error,
  );
}
