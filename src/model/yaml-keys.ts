// Members of a parsed YAML mapping by their keys, in linear time: the parser's own search for doubled keys is quadratic.
import { type Document, isScalar, type Pair, visit, type YAMLMap } from 'yaml';

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** The first pair with this key. */
export function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  const known = indexes.get(map) ?? indexOf(map);
  indexes.set(map, known);
  return known.get(String(key));
}

function indexOf({ items }: YAMLMap): ReadonlyMap<string, Pair> {
  const index = new Map<string, Pair>();
  for (const pair of items) {
    const name = nameOf(pair);
    if (name !== undefined && !index.has(name)) index.set(name, pair);
  }
  return index;
}

const nameOf = ({ key }: Pair): string | undefined => (isScalar(key) ? String(key.value) : undefined);

/** Offsets of keys that stand in their mapping a second time, in the order of the text. */
export function doubledKeys(document: Document.Parsed): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const name = nameOf(pair as Pair);
        if (name === undefined) continue;
        if (seen.has(name)) offsets.push((pair.key as { range?: readonly number[] }).range?.[0] ?? 0);
        seen.add(name);
      }
    },
  });
  return offsets;
}
