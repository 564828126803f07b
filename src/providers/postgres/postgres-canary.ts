import type { Client } from 'pg';
import * as z from 'zod';
import { type ActionContext, defineCanary } from '../../model/action.ts';
import { toErrorData } from '../../model/errors.ts';
import { sameResource } from '../../model/resource-id.ts';
import { isArmError } from '../arm/arm-error.ts';
import { pause } from '../arm/door.ts';
import { findServer } from '../azure/flexible-server.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  createTable,
  isWritable,
  readSequences,
  removeRows,
  type Standing,
  standing,
  TABLE_PATTERN,
} from './canary-table.ts';
import { openWriter } from './canary-writer.ts';
import { postgresConfig, withPostgres } from './connection.ts';

const input = z.strictObject({
  write: resourceInput(SERVER_TYPE).describe('Where rows are written'),
  read: resourceInput(SERVER_TYPE).describe('Where they are read back after recovery'),
  table: z.string().regex(TABLE_PATTERN, 'expected a plain table name').default('drillmaster_canary'),
});
type Input = z.infer<typeof input>;

/** A server that was just promoted or re-seeded refuses connections for a moment. */
const CONNECT_ATTEMPTS_MAX = 5;
const CONNECT_WAIT_MS = 1000;
/** A removal reaches a replica after the link's latency. */
const REPLICATION_WAIT_MS_MAX = 15_000;
const REPLICATION_POLL_MS = 500;

/** Rows whose loss can be counted. Canaries of one drill that write to the same server need tables of their own. */
export const postgresCanary = defineCanary<Input, World>({
  name: 'postgres/canary',
  title: 'Write numbered rows to a database and count what survives',
  input,
  writes: ({ write, read }) => [...new Set([write, read])],
  open: async ({ write, table }, { world, run, signal }) => {
    const config = await postgresConfig(world, write, signal);
    await withPostgres(config, signal, (client) => createTable(client, table));
    return openWriter(config, table, run);
  },
  survivors: ({ read, table }, context) =>
    onServer(read, context, (client) => readSequences(client, table, context.run)),
  remove: async (given, context) => {
    const removed: string[] = [];
    for (const server of serversOf(given)) removed.push(...(await removeFrom(server, given.table, context)));
    return removed;
  },
  leftOvers: async (given, context) => {
    const found = await Promise.all(serversOf(given).map((server) => lookAt(server, given.table, context)));
    return found.flat();
  },
});

const serversOf = ({ write, read }: Input): readonly string[] => (sameResource(write, read) ? [write] : [write, read]);

/** Asks a server, again while it cannot be reached, and gives up after five attempts. */
async function onServer<T>(
  server: string,
  { world, signal }: ActionContext<World>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await withPostgres(await postgresConfig(world, server, signal), signal, work);
    } catch (error) {
      if (
        !(error instanceof ProviderError) ||
        error.code !== 'postgres-unreachable' ||
        attempts >= CONNECT_ATTEMPTS_MAX
      )
        throw error;
      // A server that was removed meanwhile is gone for good, and its host name with it: the next look says so.
      if (await isRemoved(server, world, signal)) world.serverHosts.delete(server.toLowerCase());
      else await pause(CONNECT_WAIT_MS, signal);
    }
  }
}

/** False too when the control plane cannot be asked. */
const isRemoved = (server: string, world: World, signal: AbortSignal): Promise<boolean> =>
  findServer(world, server, signal).then(
    (seen) => seen === undefined,
    () => false,
  );

/** A replica gets the removal from its primary; a server that is gone or dead has nothing to remove, and `leftOvers` says so. */
async function removeFrom(server: string, table: string, context: ActionContext<World>): Promise<readonly string[]> {
  try {
    const gone = await onServer(server, context, async (client) =>
      (await isWritable(client)) ? removeRows(client, table, context.run) : { rows: 0, table: false },
    );
    const rows = gone.rows > 0 ? [`${gone.rows} rows in ${table} on ${server}`] : [];
    return gone.table ? [...rows, `the table ${table} on ${server}`] : rows;
  } catch (error) {
    if (isGone(error) || isUnreachable(error)) return [];
    throw error;
  }
}

async function lookAt(server: string, table: string, context: ActionContext<World>): Promise<readonly string[]> {
  try {
    const { own, others } = await onServer(server, context, (client) => lookUntilReplicated(client, table, context));
    return [...own, ...others].map((found) => `${found} on ${server}`);
  } catch (error) {
    if (isGone(error)) return [];
    return [`${server} could not be searched for rows in ${table}: ${toErrorData(error).message}`];
  }
}

/** Waits for the removal of the run's own rows alone: nothing takes the rows of other runs away. */
async function lookUntilReplicated(
  client: Client,
  table: string,
  { run, signal, now }: ActionContext<World>,
): Promise<Standing> {
  const giveUpAt = now() + REPLICATION_WAIT_MS_MAX;
  let found = await standing(client, table, run);
  while (found.own.length > 0 && now() < giveUpAt && !(await isWritable(client))) {
    await pause(REPLICATION_POLL_MS, signal);
    found = await standing(client, table, run);
  }
  return found;
}

const isGone = (error: unknown) => isArmError(error, 'arm-not-found');
const isUnreachable = (error: unknown) => error instanceof ProviderError && error.code === 'postgres-unreachable';
