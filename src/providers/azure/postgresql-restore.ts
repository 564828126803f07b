import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { formatInstant } from '../../model/clock.ts';
import type { JsonObject } from '../../model/json.ts';
import { parseResourceId } from '../../model/resource-id.ts';
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
  sendToServer,
  serverOutput,
  settledServer,
} from './flexible-server.ts';
import { removeServer } from './remove-server.ts';

const NEWEST = 'newest';

const input = z.strictObject({
  source: resourceInput(SERVER_TYPE).describe('The server whose data are restored; it is only read'),
  server: resourceInput(SERVER_TYPE).describe('The new server; nothing may stand there'),
  at: z
    .union([z.int().min(0), z.iso.datetime({ offset: true }), z.literal(NEWEST)])
    .describe(
      'The point in time: RFC 3339, milliseconds since 1970 as the outputs of steps have them, or newest: the moment at which the restore is sent',
    ),
});
type Input = z.infer<typeof input>;

/** How a server says whose it is: the tag's value is the name of the run. */
const RUN_TAG = 'drillmaster-run';
const RESTORE_TAG = 'drillmaster-restore';

/** A new server with the data of another one at an instant. It is the run's own: nothing else is ever adopted or removed. */
export const postgresqlRestore = defineAction<Input, World>({
  name: 'azure/postgresql.restore',
  title: 'Restore a PostgreSQL flexible server to a point in time, as a new server',
  kind: 'write',
  input,
  writes: () => [],
  creates: ({ server }) => [server],
  reads: ({ source }) => [source],
  permissions: [
    'Microsoft.DBforPostgreSQL/flexibleServers/read',
    'Microsoft.DBforPostgreSQL/flexibleServers/write',
    'Microsoft.DBforPostgreSQL/flexibleServers/delete',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 184 to 1,026 s, median 423 s.
  forecast: { operation: 'PUT Microsoft.DBforPostgreSQL/flexibleServers', typicalMs: 423_000 },
  inspect,
  start: async (given, context) => {
    const { source, server } = given;
    const { location } = await getServer(context.world, source, context.signal);
    const at = instantOf(given) ?? context.attemptedAt ?? context.now();
    const properties = {
      createMode: 'PointInTimeRestore',
      sourceServerResourceId: source,
      pointInTimeUTC: formatInstant(at),
    };
    const tags = { [RUN_TAG]: context.run, [RESTORE_TAG]: restoreText(given, at) };
    return sendToServer(server, { method: 'PUT', path: server, body: { location, tags, properties } }, context);
  },
  observe: async (given, handle, context) => {
    const seen = await settledServer(given.server, handle, context);
    const { finding, detail, output } = judge(seen, given, context);
    if (finding === 'done' && output !== undefined) return output;
    throw new ProviderError(
      'restore-failed',
      `expected a server restored by this run that is ready, found that ${detail}`,
    );
  },
  takeBack: async ({ server }, _before, context) => {
    const isOurs = ({ tags }: FlexibleServer) => tags[RUN_TAG] === context.run;
    return { server, removed: await removeServer(server, isOurs, context) };
  },
});

async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const seen = await findServer(context.world, given.server, context.signal);
  return seen === undefined
    ? { finding: 'not-started', detail: `${given.server} does not exist` }
    : judge(seen, given, context);
}

/** Throws ProviderError `name-taken` when the server is somebody else's. */
function judge(seen: FlexibleServer, given: Input, { run }: ActionContext<World>): Inspection {
  const { server } = given;
  if (seen.tags[RUN_TAG] !== run)
    throw new ProviderError(
      'name-taken',
      `expected nothing at ${server} before it is restored to, found a server that this run did not make`,
    );
  const detail = `${server} is ${describeServer(seen)}, ${seen.tags[RESTORE_TAG] ?? 'restored from nobody knows what'}`;
  // Of the newest point the server's own tag says which one it is.
  const at = instantOf(given) ?? taggedInstant(seen.tags[RESTORE_TAG]);
  if (at === undefined || seen.tags[RESTORE_TAG] !== restoreText(given, at)) return { finding: 'unknown', detail };
  if (isChanging(seen)) return { finding: 'running', detail };
  return isReady(seen)
    ? { finding: 'done', detail, output: restoredOutput(seen, given, at) }
    : { finding: 'unknown', detail };
}

/** Undefined: the newest point, which the request itself says. */
function instantOf({ at }: Input): number | undefined {
  if (at === NEWEST) return undefined;
  return typeof at === 'number' ? at : Date.parse(at);
}

function taggedInstant(tag: string | undefined): number | undefined {
  const ms = Date.parse(tag?.split(' at ').at(-1) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** Names the source by its name alone: the value of a tag is short. */
const restoreText = (given: Input, at: number): string =>
  `${parseResourceId(given.source)?.name ?? given.source} at ${formatInstant(at)}`;

const restoredOutput = (seen: FlexibleServer, given: Input, at: number): JsonObject => ({
  ...serverOutput(given.server, seen),
  restoredFrom: given.source,
  restoredTo: at,
});
