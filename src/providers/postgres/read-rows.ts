import type { Client } from 'pg';
import type { JsonObject } from '../../model/json.ts';
import { ProviderError } from '../provider-error.ts';

const ROWS_MAX = 1000;

/** A cursor takes one SELECT and nothing else, and lets the number of rows be limited whatever the query says. */
export async function readRows(client: Client, query: string): Promise<readonly JsonObject[]> {
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
