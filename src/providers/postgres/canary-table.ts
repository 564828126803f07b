// The canary's table, and the statements on it. Its name comes from a checked input, all else goes in as parameters.
import type { Client } from 'pg';
import { ProviderError } from '../provider-error.ts';

export const TABLE_PATTERN = /^[a-z_][a-z0-9_]{0,62}$/;

/** A run that writes a thousand rows a second for an hour stays below it. */
const SURVIVORS_MAX = 5_000_000;
/** Other runs whose rows are named one by one; the rest are counted. */
const RUNS_NAMED_MAX = 10;
/** What stands in the table was not checked by anybody. */
const RUN_LENGTH_MAX = 200;

const createStatement = (table: string): string =>
  `CREATE TABLE IF NOT EXISTS ${table} (run text NOT NULL, seq bigint NOT NULL, sent_at timestamptz NOT NULL, PRIMARY KEY (run, seq))`;

export const insertStatement = (table: string): string =>
  `INSERT INTO ${table} (run, seq, sent_at) VALUES ($1, $2, clock_timestamp())`;

/** Two processes that create the same table at once can collide inside PostgreSQL in spite of IF NOT EXISTS. */
const COLLISIONS = new Set(['23505', '42P07']);

export async function createTable(client: Client, table: string): Promise<void> {
  try {
    await client.query(createStatement(table));
  } catch (error) {
    if (!COLLISIONS.has((error as { code?: string }).code ?? '')) throw error;
  }
}

export async function isWritable(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  return rows[0]?.standby === false;
}

async function tableStands(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ stands: boolean }>('SELECT to_regclass($1) IS NOT NULL AS stands', [table]);
  return rows[0]?.stands === true;
}

/** Sequence numbers of a run, ascending. A server without the table has none. */
export async function readSequences(client: Client, table: string, run: string): Promise<readonly number[]> {
  if (!(await tableStands(client, table))) return [];
  const text = `SELECT seq FROM ${table} WHERE run = $1 ORDER BY seq LIMIT ${SURVIVORS_MAX + 1}`;
  const { rows } = await client.query<[number]>({ text, values: [run], rowMode: 'array' });
  if (rows.length > SURVIVORS_MAX)
    throw new ProviderError('postgres-failed', `expected at most ${SURVIVORS_MAX} canary rows, found more`);
  return rows.map(([sequence]) => sequence);
}

/** Removes the rows of a run, and the table when nothing is left in it. Returns how many rows and whether the table went. */
export async function removeRows(
  client: Client,
  table: string,
  run: string,
): Promise<{ readonly rows: number; readonly table: boolean }> {
  if (!(await tableStands(client, table))) return { rows: 0, table: false };
  await client.query('BEGIN');
  // Other runs may use the table: nobody may write between the look and the drop.
  await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const { rowCount } = await client.query(`DELETE FROM ${table} WHERE run = $1`, [run]);
  const { rows } = await client.query<{ empty: boolean }>(`SELECT NOT EXISTS (SELECT FROM ${table}) AS empty`);
  const empty = rows[0]?.empty === true;
  if (empty) await client.query(`DROP TABLE ${table}`);
  await client.query('COMMIT');
  return { rows: rowCount ?? 0, table: empty };
}

/** What stands of canaries on a server, in words. */
export interface Standing {
  /** Rows of the run itself, or the empty table that it may have made: they go when they are removed. */
  readonly own: readonly string[];
  /** Rows of other runs, run by run: nobody but those runs may remove them. */
  readonly others: readonly string[];
}

const UNDEFINED_TABLE = '42P01';
const NOTHING: Standing = { own: [], others: [] };

/** What of a run, and of every other one, stands on a server. */
export async function standing(client: Client, table: string, run: string): Promise<Standing> {
  if (!(await tableStands(client, table))) return NOTHING;
  try {
    return await standingIn(client, table, run);
  } catch (error) {
    // A replica drops it when its primary's removal arrives, which may be between two looks.
    if ((error as { readonly code?: unknown }).code === UNDEFINED_TABLE) return NOTHING;
    throw error;
  }
}

async function standingIn(client: Client, table: string, run: string): Promise<Standing> {
  const { rows } = await client.query<{ run: string; rows: number }>(
    `SELECT run, count(*) AS rows FROM ${table} GROUP BY run ORDER BY run`,
  );
  if (rows.length === 0) return { own: [`the empty table ${table}`], others: [] };
  const others = rows.filter((found) => found.run !== run);
  const further = others.length - RUNS_NAMED_MAX;
  return {
    own: rows.filter((found) => found.run === run).map((found) => `${found.rows} rows in ${table}`),
    others: [
      ...others
        .slice(0, RUNS_NAMED_MAX)
        .map((found) => `${found.rows} rows of another run, ${found.run.slice(0, RUN_LENGTH_MAX)}, in ${table}`),
      ...(further > 0 ? [`rows of ${further} further runs in ${table}`] : []),
    ],
  };
}
