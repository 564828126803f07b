// Counts and checksums of rows: the same numbers on both sides mean the same rows, whatever their order.
import type { Client } from 'pg';
import type { Relation } from './compare-relation.ts';

/** Rows by key: all of them, those without a key, or from (inclusive) to (exclusive); an end that is absent is open. Keys are text. */
export type Range =
  | { readonly kind: 'all' }
  | { readonly kind: 'keyless' }
  | { readonly kind: 'between'; readonly from?: string; readonly to?: string };

export interface Summary {
  /** Settled rows. */
  readonly rows: number;
  /** Sums of both halves of the rows' MD5 digests. */
  readonly digest: string;
  /** Rows that are newer than the watermark. */
  readonly leftOut: number;
  /** Instant of the newest row of all, epoch ms; null when there is none, or no column tells. */
  readonly newest: number | null;
}

/** One server inside its snapshot. */
export interface Side {
  readonly client: Client;
  /** Rows from this instant on are left out: a timestamptz of the primary's clock, as text. */
  readonly watermark: string;
}

const half = (start: number) =>
  `coalesce(sum(('x' || substr(hash, ${start}, 16))::bit(64)::bigint::numeric) FILTER (WHERE settled), 0)`;
const SUMMARY = `count(*) FILTER (WHERE settled) AS rows, ${half(1)}::text || ' ' || ${half(17)}::text AS digest,
  count(*) FILTER (WHERE NOT settled) AS "leftOut", max(at) AS newest`;
const EMPTY: Summary = { rows: 0, digest: '0 0', leftOut: 0, newest: null };

export async function summarize(side: Side, relation: Relation): Promise<Summary> {
  const { rows } = await ask<Summary>(side, relation, { kind: 'all' }, (source) => `SELECT ${SUMMARY} FROM ${source}`);
  return rows[0] ?? EMPTY;
}

export const isEqual = (a: Summary, b: Summary): boolean => a.rows === b.rows && a.digest === b.digest;

/** Keys that cut the rows of a range into parts of about the same size, ascending, each once. */
export async function boundaries(
  side: Side,
  relation: Relation,
  range: Range,
  parts: number,
): Promise<readonly string[]> {
  const fractions = Array.from({ length: parts - 1 }, (_, index) => (index + 1) / parts);
  const collation = relation.keyType === 'text' ? ' COLLATE "C"' : '';
  const { rows } = await ask<{ bound: string }>(
    side,
    relation,
    range,
    (source, parameter) => `SELECT cut::text AS bound FROM (
      SELECT DISTINCT unnest(percentile_disc(${parameter('float8[]')}) WITHIN GROUP (ORDER BY key)) AS cut
      FROM ${source} WHERE settled) AS cuts WHERE cut IS NOT NULL ORDER BY cut${collation}`,
    [fractions],
  );
  return rows.map(({ bound }) => bound);
}

export interface Part {
  readonly range: Range;
  readonly summary: Summary;
}

/** The parts into which `cuts` divide a range, the keyless rows last; a part without rows has an empty summary. */
export async function summarizeParts(
  side: Side,
  relation: Relation,
  range: Range,
  cuts: readonly string[],
): Promise<readonly Part[]> {
  const { rows } = await ask<Summary & { bucket: number | null }>(
    side,
    relation,
    range,
    (source, parameter) =>
      `SELECT width_bucket(key, ${parameter(`${relation.keyType}[]`)}) AS bucket, ${SUMMARY} FROM ${source} GROUP BY bucket`,
    [cuts],
  );
  const partOf = (bucket: number | null, part: Range): Part => {
    const found = rows.find((row) => row.bucket === bucket);
    return { range: part, summary: found ?? EMPTY };
  };
  const parts = Array.from({ length: cuts.length + 1 }, (_, bucket) => partOf(bucket, partRange(range, cuts, bucket)));
  return range.kind === 'all' ? [...parts, partOf(null, { kind: 'keyless' })] : parts;
}

function partRange(range: Range, cuts: readonly string[], bucket: number): Range {
  const ends: { readonly from?: string; readonly to?: string } = range.kind === 'between' ? range : {};
  const from = bucket === 0 ? ends.from : cuts[bucket - 1];
  const to = bucket === cuts.length ? ends.to : cuts[bucket];
  return { kind: 'between', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export interface HashedRow {
  readonly key: string | null;
  readonly hash: string;
}

/** The settled rows of a range in the order of their keys, at most `limit`. */
export async function readHashes(
  side: Side,
  relation: Relation,
  range: Range,
  limit: number,
): Promise<readonly HashedRow[]> {
  const query = (source: string) =>
    `SELECT key::text AS key, hash FROM ${source} WHERE settled ORDER BY entry.key, hash LIMIT ${limit}`;
  return (await ask<HashedRow>(side, relation, range, query)).rows;
}

type Parameter = (type: string) => string;

/** Asks about the rows of a range. `build` gets the rows as a source of SQL, and places for the values that follow. */
function ask<Row extends object>(
  { client, watermark }: Side,
  relation: Relation,
  range: Range,
  build: (source: string, parameter: Parameter) => string,
  further: readonly unknown[] = [],
) {
  const bounds = range.kind === 'between' ? [range.from, range.to] : [];
  const given = bounds.filter((bound) => bound !== undefined);
  const values: unknown[] = [watermark, ...given, ...further];
  const conditions = conditionsOf(relation, range);
  const source = `(SELECT * FROM (${relation.rows}) AS entry${conditions}) AS entry`;
  const parameter: Parameter = (type) => `$${given.length + 2}::${type}`;
  return client.query<Row & Record<string, unknown>>({ text: build(source, parameter), values });
}

function conditionsOf({ keyType }: Relation, range: Range): string {
  if (range.kind === 'all') return '';
  if (range.kind === 'keyless') return ' WHERE key IS NULL';
  const bounds = [...(range.from === undefined ? [] : ['>=']), ...(range.to === undefined ? [] : ['<'])].map(
    (sign, index) => `key ${sign} $${index + 2}::${keyType}`,
  );
  return bounds.length === 0 ? ' WHERE key IS NOT NULL' : ` WHERE ${bounds.join(' AND ')}`;
}
