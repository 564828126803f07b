// A world on a host that nobody owns, for nock; and contexts as the engine makes them.
import type { Action, ActionContext } from '../../src/model/action.ts';
import type { Connection, Environment } from '../../src/model/environment.ts';
import type { Json } from '../../src/model/json.ts';
import type { DoorLimits } from '../../src/providers/arm/door.ts';
import type { Exchange } from '../../src/providers/arm/transport.ts';
import { openWorld, type World } from '../../src/providers/world.ts';

export const ENDPOINT = 'https://arm.example';
export const TOKEN = 'a-very-secret-token';
export const SUBSCRIPTION = '11111111-2222-4333-8444-555555555555';
export const REQUEST_ID = '7f3b0f5e-6a5e-4c53-8a58-0d6f3f0f9a11';

const group = (name: string) => `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}/providers`;
export const PRIMARY = `${group('rg-weu')}/Microsoft.DBforPostgreSQL/flexibleServers/db-weu`;
export const REPLICA = `${group('rg-neu')}/Microsoft.DBforPostgreSQL/flexibleServers/db-neu`;
export const PROFILE = `${group('rg-shared')}/Microsoft.Network/trafficManagerProfiles/tm`;

export interface Wish {
  readonly kind?: Environment['kind'];
  readonly connection?: Partial<Connection>;
  readonly limits?: Partial<DoorLimits>;
  readonly onExchange?: (exchange: Exchange) => void;
}

export function buildWorld({ kind = 'twin', connection = {}, limits = {}, onExchange }: Wish = {}): World {
  const environment: Environment = {
    kind,
    name: 'test',
    tenant: SUBSCRIPTION,
    subscription: SUBSCRIPTION,
    values: {},
    resources: [],
  };
  const reached: Connection = { armEndpoint: ENDPOINT, hosts: {}, token: TOKEN, ...connection };
  return openWorld(environment, reached, {
    limits: { backoffMs: 5, timeoutMs: 2000, ...limits },
    ...(onExchange === undefined ? {} : { onExchange }),
  });
}

export function contextOf(world: World, overrides: Partial<ActionContext<World>> = {}): ActionContext<World> {
  const signal = AbortSignal.timeout(30_000);
  return {
    world,
    key: 'run-1/step-1',
    run: 'run-1',
    requestId: REQUEST_ID,
    intendedAt: undefined,
    attemptedAt: undefined,
    attempt: 1,
    signal,
    now: Date.now,
    ...overrides,
  };
}

/** A flexible server as the control plane shows it. */
export const serverBody = (id: string, properties: object = {}, location = 'westeurope') => ({
  id,
  name: id.split('/').at(-1),
  type: 'Microsoft.DBforPostgreSQL/flexibleServers',
  location,
  properties: {
    state: 'Ready',
    replicationRole: 'Primary',
    version: '17',
    fullyQualifiedDomainName: `${id.split('/').at(-1)}.postgres.database.azure.com`,
    replica: { role: 'Primary' },
    ...properties,
  },
});

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('expected a rejection, found a result');
}

/** Parses an input as the engine does, then inspects. */
export const inspect = (action: Action<unknown, World>, given: Json, context = contextOf(buildWorld())) =>
  action.inspect(action.input.parse(given), context);

/** Starts once, and waits when the answer says so. */
export async function startAndObserve(
  action: Action<unknown, World>,
  given: Json,
  context: ActionContext<World> = contextOf(buildWorld()),
): Promise<Json> {
  const input = action.input.parse(given);
  const started = await action.start(input, context);
  return started.kind === 'done' ? started.output : action.observe(input, started.handle, context);
}
