// A PostgreSQL flexible server as the control plane shows it, and the calls that its actions share.
import * as z from 'zod';
import type { ActionContext, Started } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Target } from '../arm/allowed-url.ts';
import { isArmError } from '../arm/arm-error.ts';
import type { Mutation } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle, resourceHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import type { World } from '../world.ts';

const SERVER_API_VERSION = '2025-08-01';

export interface FlexibleServer {
  readonly location: string;
  /** Ready, Updating, Provisioning, Restarting, Stopped, … */
  readonly state: string;
  /** Primary, AsyncReplica, GeoAsyncReplica, None. */
  readonly role: string;
  readonly source: string | undefined;
  /** Active, Catchup, Provisioning, Updating, Broken, Reconfiguring; undefined on a primary. */
  readonly replication: string | undefined;
  readonly version: string | undefined;
  readonly hostName: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const text = z.string().nullish();
const shape = z.object({
  location: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({
    state: text,
    replicationRole: text,
    sourceServerResourceId: text,
    version: text,
    fullyQualifiedDomainName: text,
    replica: z.object({ role: text, replicationState: text }).nullish(),
  }),
});

/** Reads a control plane answer. Throws ProviderError `answer-invalid` when it is no flexible server. */
function parseServer(body: Json | undefined): FlexibleServer {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a flexible server, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { location, properties, tags } = parsed.data;
  return {
    location,
    state: properties.state ?? 'Unknown',
    role: properties.replicationRole ?? properties.replica?.role ?? 'None',
    source: properties.sourceServerResourceId ?? undefined,
    replication: properties.replica?.replicationState ?? undefined,
    version: properties.version ?? undefined,
    hostName: properties.fullyQualifiedDomainName ?? undefined,
    tags: tags ?? {},
  };
}

export const serverTarget = (id: string): Target => ({ path: id, apiVersion: SERVER_API_VERSION });

/** Throws ArmError `arm-not-found` when there is none. */
export const getServer = async (world: World, id: string, signal: AbortSignal): Promise<FlexibleServer> =>
  parseServer((await world.arm.get(serverTarget(id), signal)).body);

export async function findServer(world: World, id: string, signal: AbortSignal): Promise<FlexibleServer | undefined> {
  try {
    return await getServer(world, id, signal);
  } catch (error) {
    if (isArmError(error, 'arm-not-found')) return undefined;
    throw error;
  }
}

export const isReplica = ({ role }: FlexibleServer): boolean => /AsyncReplica$/i.test(role);
export const isReady = ({ state }: FlexibleServer): boolean => state === 'Ready';
/** Updating, Provisioning, Restarting, Starting, Dropping: somebody is at work on it. */
export const isChanging = ({ state }: FlexibleServer): boolean => /ing$/i.test(state);

/** A server in one line, for details and errors. */
export const describeServer = (server: FlexibleServer): string =>
  `${server.role} in state ${server.state}${server.source === undefined ? '' : ` of ${server.source}`}`;

/** Sends the one write. A final answer is accepted all the same: `observe` then reads the server and judges it. */
export async function sendToServer(
  id: string,
  change: Omit<Mutation, 'requestId' | 'apiVersion'>,
  context: ActionContext<World>,
): Promise<Started> {
  const mutation = { ...change, apiVersion: SERVER_API_VERSION, requestId: context.requestId };
  const answer = await context.world.arm.mutate(mutation, context.signal);
  const handle = openHandle(answer, serverTarget(id));
  return { kind: 'accepted', handle: encodeHandle(handle ?? resourceHandle(serverTarget(id))) };
}

/** Waits for the accepted operation, then for the server to come to rest, and shows it. */
export async function settledServer(
  id: string,
  handle: string | undefined,
  { world, signal }: ActionContext<World>,
): Promise<FlexibleServer> {
  const accepted = handle === undefined ? resourceHandle(serverTarget(id)) : decodeHandle(handle);
  const body = await watchOperation(world.arm, accepted, signal);
  const server = readTaken(() => parseServer(body));
  return isChanging(server)
    ? parseServer(await watchOperation(world.arm, resourceHandle(serverTarget(id)), signal))
    : server;
}

/** What a step that changed a server leaves in the journal. */
export const serverOutput = (id: string, { state, role, source, hostName }: FlexibleServer): JsonObject => ({
  server: id,
  state,
  replicationRole: role,
  sourceServer: source ?? null,
  host: hostName ?? null,
});
