// The keys and instants of rows, in one snapshot of the database.
import { type Client, escapeIdentifier } from 'pg';
import { postgresConfig, withPostgres } from '../postgres/connection.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import type { ReconciliationInput } from './reconcile-assert.ts';

const ROWS_MAX = 200_000;

export interface KeyedRow {
  readonly key: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface KeyedRows {
  readonly rows: ReadonlyMap<string, KeyedRow>;
  /** What is newer is too new to be judged: epoch ms by the clock of the database. */
  readonly watermark: number;
}

/** Throws ProviderError `postgres-failed` when a key stands twice, an instant is absent, or there are more rows than `ROWS_MAX`. */
export async function readKeys(world: World, given: ReconciliationInput, signal: AbortSignal): Promise<KeyedRows> {
  const config = await postgresConfig(world, given.rows.server, signal);
  const database = given.rows.database === undefined ? {} : { database: given.rows.database };
  return withPostgres({ ...config, ...database }, signal, (client) => readOn(client, given));
}

async function readOn(
  client: Client,
  { rows: { query, key, at }, settledBefore }: ReconciliationInput,
): Promise<KeyedRows> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const [told] = (await client.query<{ now: number }>(NOW)).rows;
  // The extended protocol takes exactly one statement; the query may end in a comment.
  const column = (name: string) => `found.${escapeIdentifier(name)}`;
  const selected = `SELECT ${column(key)}::text AS key, (extract(epoch FROM ${column(at)}) * 1000)::float8 AS at FROM (${query}\n) AS found`;
  const declared = { text: `DECLARE reconciled NO SCROLL CURSOR FOR ${selected}`, queryMode: 'extended' };
  await client.query(declared);
  const { rows } = await client.query<{ key: string | null; at: number | null }>(
    `FETCH ${ROWS_MAX + 1} FROM reconciled`,
  );
  await client.query('ROLLBACK');
  const keyed = new Map(rows.map((row) => [row.key ?? '', toKeyed(row, key, at)]));
  if (rows.length > ROWS_MAX || keyed.size < rows.length)
    throw new ProviderError(
      'postgres-failed',
      `expected at most ${ROWS_MAX} rows and each ${key} once, found otherwise`,
    );
  return { rows: keyed, watermark: (told?.now ?? 0) - settledBefore };
}

const NOW = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';

function toKeyed({ key, at }: { key: string | null; at: number | null }, keyName: string, atName: string): KeyedRow {
  if (key !== null && at !== null) return { key, at };
  throw new ProviderError('postgres-failed', `expected ${keyName} and ${atName} in every row, found none in one`);
}
