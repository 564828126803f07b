import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { sameResource } from '../../model/resource-id.ts';
import { pause } from '../arm/door.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  describeServer,
  type FlexibleServer,
  findServer,
  getServer,
  isChanging,
  isReady,
  isReplica,
  sendToServer,
  serverOutput,
  settledServer,
} from './flexible-server.ts';

const input = z.strictObject({
  server: resourceInput(SERVER_TYPE).describe('The server that shall stream; created when it does not exist'),
  source: resourceInput(SERVER_TYPE).describe('The server that it streams from'),
  location: z
    .string()
    .min(1)
    .optional()
    .describe('Region of a new server; when absent, where it stands, or else the region of the source'),
});
type Input = z.infer<typeof input>;

const CATCH_UP_POLL_MS = 2000;

/** Makes sure that a server streams from a source. */
export const postgresqlReplica = defineAction<Input, World>({
  name: 'azure/postgresql.replica',
  title: 'Make a PostgreSQL flexible server stream from another',
  kind: 'write',
  input,
  writes: ({ server }) => [server],
  permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/read', 'Microsoft.DBforPostgreSQL/flexibleServers/write'],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 245 to 1,026 s, median 423 s.
  forecast: { operation: 'PUT Microsoft.DBforPostgreSQL/flexibleServers', typicalMs: 423_000 },
  inspect,
  start: async ({ server, source, location }, context) => {
    const region = location ?? (await regionOf(server, source, context));
    const body = { location: region, properties: { createMode: 'Replica', sourceServerResourceId: source } };
    return sendToServer(server, { method: 'PUT', path: server, body }, context);
  },
  observe: async (given, handle, context) => {
    let seen = await settledServer(given.server, handle, context);
    while (judge(seen, given).finding === 'running') {
      await pause(CATCH_UP_POLL_MS, context.signal);
      seen = await getServer(context.world, given.server, context.signal);
    }
    if (judge(seen, given).finding !== 'done')
      throw new ProviderError(
        'replica-failed',
        `expected ${given.server} to stream from ${given.source}, found ${describeServer(seen)}`,
      );
    return serverOutput(given.server, seen);
  },
});

async function inspect(given: Input, { world, signal }: ActionContext<World>): Promise<Inspection> {
  const seen = await findServer(world, given.server, signal);
  return seen === undefined ? { finding: 'not-started', detail: `${given.server} does not exist` } : judge(seen, given);
}

/** A server that exists stays where it is. */
async function regionOf(server: string, source: string, { world, signal }: ActionContext<World>): Promise<string> {
  const existing = await findServer(world, server, signal);
  return (existing ?? (await getServer(world, source, signal))).location;
}

function judge(seen: FlexibleServer, { server, source }: Input): Inspection {
  const detail = `${server} is ${describeServer(seen)}${seen.replication === undefined ? '' : `, replication ${seen.replication}`}`;
  const streams = isReplica(seen) && sameResource(seen.source ?? '', source);
  if (isChanging(seen) || (streams && isCatchingUp(seen))) return { finding: 'running', detail };
  if (streams && isReady(seen) && (seen.replication ?? 'Active') === 'Active')
    return { finding: 'done', detail, output: serverOutput(server, seen) };
  // A broken stream may be started anew: Azure refuses to overwrite a server, so nothing can be lost by asking.
  return { finding: streams && seen.replication === 'Broken' ? 'not-started' : 'unknown', detail };
}

const isCatchingUp = ({ replication }: FlexibleServer) => /^(catchup|[a-z]+ing)$/i.test(replication ?? '');
