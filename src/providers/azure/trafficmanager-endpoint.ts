import * as z from 'zod';
import { type ActionContext, defineAction } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import { PROFILE_TYPE, resourceInput } from '../resource-input.ts';
import type { World } from '../world.ts';

export const TRAFFIC_API_VERSION = '2022-04-01';

const status = z.enum(['Enabled', 'Disabled']);
const priority = z.int().min(1).max(1000);
const input = z
  .strictObject({
    profile: resourceInput(PROFILE_TYPE),
    endpoint: z.string().min(1).describe('Name of the endpoint'),
    type: z.enum(['AzureEndpoints', 'ExternalEndpoints', 'NestedEndpoints']).default('AzureEndpoints'),
    status: status.optional(),
    priority: priority.optional().describe('1 is served first'),
  })
  .refine(
    (given) => given.status !== undefined || given.priority !== undefined,
    'expected status or priority, found neither',
  );
type Input = z.infer<typeof input>;

/** Where an endpoint stands. A profile that does not route by priority may have none. */
const settings = z.object({ status, priority: priority.nullable() });
type Settings = z.infer<typeof settings>;

/** Steers traffic. Synchronous on Azure: the answer is the new setting, which clients see when their DNS entry ends. */
export const trafficManagerEndpoint = defineAction<Input, World>({
  name: 'azure/trafficmanager.endpoint',
  title: 'Change an endpoint of a Traffic Manager profile',
  kind: 'write',
  input,
  writes: ({ profile }) => [profile],
  permissions: ['Microsoft.Network/trafficManagerProfiles/read', 'Microsoft.Network/trafficManagerProfiles/write'],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'PATCH Microsoft.Network/trafficManagerProfiles/endpoints', typicalMs: 1000 },
  inspect: async (given, context) => {
    const before = await readSettings(given, context);
    const done =
      (given.status ?? before.status) === before.status && (given.priority ?? before.priority) === before.priority;
    const detail = `${given.endpoint} is ${before.status} with priority ${before.priority ?? 'none'}`;
    return done
      ? { finding: 'done', detail, before, output: outputOf(given, before) }
      : { finding: 'not-started', detail, before };
  },
  start: async (given, context) => ({ kind: 'done', output: outputOf(given, await change(given, given, context)) }),
  // Only a crash between a request and its answer leads here; the answer is what the endpoint says now.
  observe: async (given, _handle, context) => outputOf(given, await readSettings(given, context)),
  takeBack: async (given, before, context) => outputOf(given, await change(given, settings.parse(before), context)),
});

const pathOf = ({ profile, type, endpoint }: Input) => `${profile}/${type}/${encodeURIComponent(endpoint)}`;

const outputOf = ({ profile, endpoint }: Input, now: Settings): JsonObject => ({ profile, endpoint, ...now });

async function readSettings(given: Input, { world, signal }: ActionContext<World>): Promise<Settings> {
  return parseEndpoint((await world.arm.get({ path: pathOf(given), apiVersion: TRAFFIC_API_VERSION }, signal)).body);
}

async function change(
  given: Input,
  to: { status?: string | undefined; priority?: number | null | undefined },
  context: ActionContext<World>,
) {
  const wanted = {
    ...(to.status === undefined ? {} : { endpointStatus: to.status }),
    ...(to.priority == null ? {} : { priority: to.priority }),
  };
  const { world, requestId, signal } = context;
  const target = { path: pathOf(given), apiVersion: TRAFFIC_API_VERSION };
  const answer = await world.arm.mutate(
    { ...target, method: 'PATCH', body: { properties: wanted }, requestId },
    signal,
  );
  return readTaken(() => parseEndpoint(answer.body));
}

const endpointShape = z.object({ properties: z.object({ endpointStatus: status, priority: priority.nullish() }) });

/** Throws ProviderError `answer-invalid` when the answer is no endpoint. */
export function parseEndpoint(body: Json | undefined): Settings {
  const parsed = endpointShape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError('answer-invalid', 'expected a Traffic Manager endpoint, found something else');
  const { endpointStatus, priority: found } = parsed.data.properties;
  return { status: endpointStatus, priority: found ?? null };
}
