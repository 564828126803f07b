// Two sides differ: where? Ranges of keys are cut into parts until few rows are left, and those are named.
import type { Relation } from './compare-relation.ts';
import {
  boundaries,
  type HashedRow,
  isEqual,
  type Part,
  type Range,
  readHashes,
  type Side,
  summarizeParts,
} from './compare-summary.ts';

export interface Sides {
  readonly primary: Side;
  readonly replica: Side;
}

/** A row, or where it cannot be told apart from others a range, that is not the same on both sides. */
export type Difference =
  | { readonly kind: 'missing' | 'extra' | 'changed'; readonly key: string | null }
  | { readonly kind: 'range'; readonly range: Range; readonly primaryRows: number; readonly replicaRows: number };

export interface Differences {
  /** The first ones in the order of keys. */
  readonly named: readonly Difference[];
  /** True when the search ended before it had seen all of them. */
  readonly more: boolean;
}

const PARTS = 32;
/** Parts of so few rows are read row by row. */
const LEAF_ROWS_MAX = 200;
const NAMED_MAX = 10;

/** Searches depth first, so that what is named is what comes first. The two sides are known to differ. */
export async function findDifferences(sides: Sides, relation: Relation, rows: number): Promise<Differences> {
  const named: Difference[] = [];
  const open: Suspect[] = [{ range: { kind: 'all' }, rows }];
  for (let suspect = open.shift(); suspect !== undefined; suspect = open.shift()) {
    if (named.length >= NAMED_MAX) return { named: named.slice(0, NAMED_MAX), more: true };
    const { range } = suspect;
    if (suspect.rows <= LEAF_ROWS_MAX) named.push(...(await differingRows(sides, relation, range)));
    else {
      const parts = await differingParts(sides, relation, suspect);
      // One key that has them all cannot be cut any further, and rows without a key cannot be cut at all.
      const isWhole = (part: Suspect) => part.rows >= suspect.rows || part.range.kind === 'keyless';
      named.push(...parts.filter(isWhole).map(({ asRange }) => asRange));
      open.unshift(...parts.filter((part) => !isWhole(part)));
    }
  }
  return { named: named.slice(0, NAMED_MAX), more: named.length > NAMED_MAX };
}

interface Suspect {
  readonly range: Range;
  /** Of both sides together. */
  readonly rows: number;
}

interface DifferingPart extends Suspect {
  readonly asRange: Difference;
}

async function differingParts(sides: Sides, relation: Relation, { range }: Suspect): Promise<readonly DifferingPart[]> {
  // Either side alone may have all the rows, so that both say where to cut.
  const cuts = await Promise.all(
    [sides.primary, sides.replica].map((side) => boundaries(side, relation, range, PARTS)),
  );
  const all = await inOrder(sides.primary, relation, cuts.flat());
  const [primary, replica] = await Promise.all(
    [sides.primary, sides.replica].map((side) => summarizeParts(side, relation, range, all)),
  );
  return (primary ?? []).flatMap((part, index) => {
    const other = replica?.[index];
    return other === undefined || isEqual(part.summary, other.summary) ? [] : [differing(part, other)];
  });
}

const differing = ({ range, summary }: Part, other: Part): DifferingPart => ({
  range,
  rows: summary.rows + other.summary.rows,
  asRange: { kind: 'range', range, primaryRows: summary.rows, replicaRows: other.summary.rows },
});

/** The server orders keys of its own type; here they are text. */
async function inOrder({ client }: Side, { keyType }: Relation, cuts: readonly string[]): Promise<readonly string[]> {
  const order = keyType === 'text' ? 'cut COLLATE "C"' : 'cut';
  const text = `SELECT cut::text AS bound FROM (SELECT DISTINCT unnest($1::${keyType}[]) AS cut) AS cuts ORDER BY ${order}`;
  const { rows } = await client.query<{ bound: string }>({ text, values: [cuts] });
  return rows.map(({ bound }) => bound);
}

async function differingRows(sides: Sides, relation: Relation, range: Range): Promise<readonly Difference[]> {
  const [primary = new Map(), replica = new Map()] = await Promise.all(
    [sides.primary, sides.replica].map(async (side) => byKey(await readHashes(side, relation, range, LEAF_ROWS_MAX))),
  );
  const keys = [...new Set([...primary.keys(), ...replica.keys()])];
  return keys.flatMap((key): readonly Difference[] => {
    const [here, there] = [primary.get(key), replica.get(key)];
    if (here === there) return [];
    return [{ kind: there === undefined ? 'missing' : here === undefined ? 'extra' : 'changed', key }];
  });
}

/** Rows that share a key are one entry: the key need not be unique. */
function byKey(rows: readonly HashedRow[]): Map<string | null, string> {
  const found = new Map<string | null, string>();
  for (const { key, hash } of rows) found.set(key, `${found.get(key) ?? ''} ${hash}`);
  return found;
}
