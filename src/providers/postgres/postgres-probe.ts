import * as z from 'zod';
import { type ActionContext, defineProbe, type Reading } from '../../model/action.ts';
import { toErrorData } from '../../model/errors.ts';
import { findServer, isReady } from '../azure/flexible-server.ts';
import { expectationOver, judge } from '../expectation.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { postgresConfig, withPostgres } from './connection.ts';
import { readRows } from './read-rows.ts';

const DETAIL_LENGTH_MAX = 200;
const SERVERS_MAX = 5;

const input = z.strictObject({
  servers: z
    .array(resourceInput(SERVER_TYPE))
    .min(1)
    .max(SERVERS_MAX)
    .describe(
      'The first of them that stands and is ready is asked: a restored server before the one that it was restored from',
    ),
  query: z.string().min(1).describe('One SELECT; it runs in a read-only transaction'),
  expect: expectationOver('rows').describe('CEL over rows, true of data that are right: rows[0].wrong == 0'),
});
type Input = z.infer<typeof input>;

/** Looks whether data are right, where they are to be used from: an invariant of the business, as one SELECT. */
export const postgresProbe = defineProbe<Input, World>({
  name: 'postgres/probe',
  title: 'Ask a database whether its data are right',
  input,
  read: async (given, context): Promise<Reading> => {
    try {
      const server = await serverInUse(given, context);
      if (server === undefined) return { healthy: false, detail: 'none of the servers stands and is ready' };
      const config = await postgresConfig(context.world, server, context.signal);
      const rows = await withPostgres(config, context.signal, (client) => readRows(client, given.query));
      judge(given.expect, { rows });
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: toErrorData(error).message.slice(0, DETAIL_LENGTH_MAX) };
    }
  },
});

async function serverInUse({ servers }: Input, { world, signal }: ActionContext<World>): Promise<string | undefined> {
  for (const id of servers) {
    const seen = await findServer(world, id, signal);
    if (seen !== undefined && isReady(seen)) return id;
  }
  return undefined;
}
