// What is compared, as SQL: every name of a drill file goes in quoted, every value as a parameter.
import { type Client, escapeIdentifier } from 'pg';
import { ProviderError } from '../provider-error.ts';
import type { ComparisonInput } from './postgres-compare.ts';

type Table = ComparisonInput['tables'][number];

/** One table or query on either side. */
export interface Relation {
  /** For people. */
  readonly name: string;
  readonly key: string;
  /** `SELECT key, hash, settled, at`: of each row its key, its digest, whether it counts, and its instant in epoch ms. $1 is the watermark. */
  readonly rows: string;
  /** Type of the key, as parameters are cast to it. */
  readonly keyType: string;
  readonly columns: readonly string[];
}

/** Types whose order is the same on every machine. All others are ordered as text, byte by byte, because collations differ. */
const ORDERED: Readonly<Record<number, string>> = {
  20: 'bigint',
  21: 'bigint',
  23: 'bigint',
  1700: 'numeric',
  2950: 'uuid',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
};

const QUERY_SHOWN_MAX = 60;

export function nameOf({ name, table, schema, query = '' }: Table): string {
  if (name !== undefined) return name;
  if (table === undefined) return `"${query.replaceAll(/\s+/g, ' ').slice(0, QUERY_SHOWN_MAX)}"`;
  return schema === 'public' ? table : `${schema}.${table}`;
}

/** Looks the columns up. Throws ProviderError `postgres-failed` when it is no table or no single SELECT, or lacks a named column. */
export async function describeRelation(client: Client, table: Table): Promise<Relation> {
  const name = nameOf(table);
  const fields = await fieldsOf(client, table);
  const columns = fields.map((field) => field.name);
  const missing = [table.key, table.settledBy].find((column) => column !== undefined && !columns.includes(column));
  if (missing !== undefined)
    throw new ProviderError('postgres-failed', `${name}: expected a column ${missing}, found ${columns.join(', ')}`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined)
    throw new ProviderError('postgres-failed', `${name}: expected each column once, found ${twice} again`);
  const type = fields.find((field) => field.name === table.key)?.dataTypeID ?? 0;
  const keyType = ORDERED[type] ?? 'text';
  return { name, key: table.key, keyType, columns, rows: rowsOf(table, columns, keyType) };
}

/** A cursor takes exactly one SELECT, so that what follows can stand in parentheses and is what was meant. */
async function fieldsOf(client: Client, table: Table) {
  const select = table.query ?? `SELECT * FROM ${sourceOf(table)}`;
  await client.query({ text: `DECLARE described NO SCROLL CURSOR FOR ${select}`, queryMode: 'extended' } as {
    text: string;
  });
  const { fields } = await client.query('FETCH 0 FROM described');
  await client.query('CLOSE described');
  return fields;
}

/** The query may end in a comment. */
const sourceOf = ({ table = '', schema, query }: Table) =>
  query === undefined ? `${escapeIdentifier(schema)}.${escapeIdentifier(table)}` : `(${query}\n)`;

function rowsOf(table: Table, columns: readonly string[], keyType: string): string {
  const column = (name: string) => `compared.${escapeIdentifier(name)}`;
  const key = keyType === 'text' ? `${column(table.key)}::text COLLATE "C"` : column(table.key);
  const at = table.settledBy === undefined ? undefined : column(table.settledBy);
  return `SELECT ${key} AS key, md5(ROW(${columns.toSorted().map(column).join(', ')})::text) AS hash,
    ${at === undefined ? '($1::timestamptz IS NOT NULL)' : `(${at} < $1::timestamptz) IS NOT FALSE`} AS settled,
    ${at === undefined ? 'NULL::float8' : `(extract(epoch FROM ${at}) * 1000)::float8`} AS at
    FROM ${sourceOf(table)} AS compared`;
}
