import * as z from 'zod';
import { defineCheck } from '../check-action.ts';
import { changedRows, claim, claimedConditions } from '../claims.ts';
import { expectationOver, judge } from '../expectation.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import { postgresConfig, withPostgres } from './connection.ts';
import { readRows } from './read-rows.ts';

export const postgresAssert = defineCheck({
  name: 'postgres/assert',
  title: 'Check rows of a database',
  input: z.strictObject({
    server: resourceInput(SERVER_TYPE),
    query: z.string().min(1).describe('One SELECT; it runs in a read-only transaction'),
    expect: expectationOver('rows').describe('CEL over rows, a list of objects by column name: rows[0].holes == 0'),
  }),
  claims: ({ server, query, expect }) =>
    claimedConditions(expect, () => claim('the rows that its query reads', changedRows(server, query))),
  permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/read'],
  typicalMs: 1000,
  judge: async ({ server, query, expect }, { world, signal }) => {
    const config = await postgresConfig(world, server, signal);
    const rows = await withPostgres(config, signal, (client) => readRows(client, query));
    return judge(expect, { rows });
  },
});
