// Rows as a corrupted table would have them: a view before the table, which stays as it is. SQL alone.
import { escapeIdentifier } from 'pg';
import type { RowChange } from '../../../model/corruption.ts';

export interface Column {
  readonly name: string;
  /** As SQL writes it: `numeric(10,2)`. */
  readonly type: string;
  /** PostgreSQL's letter for the kind of type: N numbers, S texts, B booleans, D instants, U others. */
  readonly category: string;
  /** Of a key, own or foreign: rows are found by it. */
  readonly isKey: boolean;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
}

/** The SELECT of a view that shows a table so. Undefined when it has no column that could be altered. */
export function corruptedRows(table: Table, change: RowChange): string | undefined {
  const from = `FROM ${qualified(table)} AS t`;
  const all = `SELECT ${list(table.columns, nameOf)} ${from}`;
  switch (change) {
    case 'alter-one':
    case 'alter-all':
      return altered(table, change === 'alter-one' ? isFirst(table) : 'true');
    case 'lose-one':
      return `${all} WHERE NOT (${isFirst(table)})`;
    case 'lose-half':
      return `${all} WHERE hashtextextended(t::text, 0) % 2 = 0`;
    case 'lose-all':
      return `${all} WHERE false`;
    case 'double-all':
      return `${all} UNION ALL ${all}`;
    case 'add-one':
      return `${all} UNION ALL SELECT ${list(table.columns, madeUp)}`;
  }
}

const qualified = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

/** The same row on a primary and on its standby, and for as long as it stands. */
const isFirst = (table: Table) => `t::text = (SELECT min(u::text) FROM ${qualified(table)} AS u)`;

const list = (columns: readonly Column[], expression: (column: Column) => string) =>
  columns.map((column) => `${expression(column)} AS ${escapeIdentifier(column.name)}`).join(', ');

const nameOf = ({ name }: Column) => `t.${escapeIdentifier(name)}`;

function altered(table: Table, condition: string): string | undefined {
  if (!table.columns.some((column) => otherValue(column) !== undefined)) return undefined;
  const expression = (column: Column) => {
    const other = otherValue(column);
    return other === undefined ? nameOf(column) : `CASE WHEN ${condition} THEN ${other} ELSE ${nameOf(column)} END`;
  };
  return `SELECT ${list(table.columns, expression)} FROM ${qualified(table)} AS t`;
}

/** Instants stay, because they say which rows count. */
function otherValue(column: Column): string | undefined {
  const { type, category, isKey } = column;
  if (isKey) return undefined;
  if (category === 'N') return `(${nameOf(column)} + 1)::${type}`;
  if (category === 'S') return `(${nameOf(column)}::text || '~')::${type}`;
  return category === 'B' ? `NOT ${nameOf(column)}` : undefined;
}

/** Of a row that nobody wrote. It is old enough to count. */
const MADE_UP: Readonly<Record<string, string>> = {
  N: '32000',
  S: "'corrupted'",
  B: 'true',
  D: "(now() - interval '1 hour')",
};
const madeUp = ({ type, category }: Column) =>
  type === 'uuid' ? "'00000000-0000-4000-8000-000000000001'::uuid" : `${MADE_UP[category] ?? 'NULL'}::${type}`;
