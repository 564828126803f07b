import type { Client } from 'pg';
import * as z from 'zod';
import type { JsonObject } from '../../model/json.ts';
import { defineCheck } from '../check-action.ts';
import { expectation, judge } from '../expectation.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import { postgresConfig, withPostgres } from './connection.ts';

const ROWS_MAX = 1000;

export const postgresAssert = defineCheck({
  name: 'postgres/assert',
  title: 'Check rows of a database',
  input: z.strictObject({
    server: resourceInput(SERVER_TYPE),
    query: z.string().min(1).describe('One SELECT; it runs in a read-only transaction'),
    expect: expectation.describe('CEL over rows, a list of objects by column name: rows[0].holes == 0'),
  }),
  permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/read'],
  typicalMs: 1000,
  judge: async ({ server, query, expect }, { world, signal }) => {
    const config = await postgresConfig(world, server, signal);
    const rows = await withPostgres(config, signal, (client) => readRows(client, query));
    return judge(expect, { rows });
  },
});

/** A cursor takes one SELECT and nothing else, and lets the number of rows be limited whatever the query says. */
async function readRows(client: Client, query: string): Promise<readonly JsonObject[]> {
  await client.query('BEGIN READ ONLY');
  // The extended protocol takes exactly one statement, so nothing can be smuggled in behind the SELECT.
  const declaration = { text: `DECLARE assertion NO SCROLL CURSOR FOR ${query}`, queryMode: 'extended' };
  await client.query(declaration);
  const { rows } = await client.query<JsonObject>(`FETCH ${ROWS_MAX + 1} FROM assertion`);
  await client.query('ROLLBACK');
  if (rows.length > ROWS_MAX)
    throw new ProviderError('postgres-failed', `expected at most ${ROWS_MAX} rows, found more`);
  return rows;
}
