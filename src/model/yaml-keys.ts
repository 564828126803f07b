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

interface Wrong {
  readonly offset: number;
  /** `expected …, found …`. */
  readonly message: string;
}

/** Keys that stand in their mapping a second time, or that no program should be given; in the order of the text. */
export function wrongKeys(document: Document.Parsed): readonly Wrong[] {
  const wrong: Wrong[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const name = nameOf(pair as Pair);
        if (name === undefined) continue;
        if (seen.has(name)) wrong.push({ offset: offsetOf(pair.key), message: DOUBLED });
        if (name === PROTOTYPE) wrong.push({ offset: offsetOf(pair.key), message: RESERVED });
        seen.add(name);
      }
    },
  });
  return wrong;
}

const DOUBLED = 'expected valid YAML, found: Map keys must be unique';
/** In JavaScript it is no key like any other: what it holds would be passed over without a word. */
const PROTOTYPE = '__proto__';
const RESERVED = `expected another key, found "${PROTOTYPE}"`;

/** Aliases before which no anchor of their name stands. */
export function openAliases(document: Document.Parsed): readonly Wrong[] {
  const wrong: Wrong[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) anchors.add(node.anchor);
    },
    Alias: (_, alias) => {
      if (anchors.has(alias.source)) return;
      wrong.push({ offset: offsetOf(alias), message: `expected an anchor before the alias, found none` });
    },
  });
  return wrong;
}

/** Where the first alias stands; 0 when there is none. */
export function firstAlias(document: Document.Parsed): number {
  let offset: number | undefined;
  visit(document, {
    Alias: (_, alias) => {
      offset ??= offsetOf(alias);
      return visit.BREAK;
    },
  });
  return offset ?? 0;
}

const offsetOf = (node: unknown): number => (node as { range?: readonly number[] } | null | undefined)?.range?.[0] ?? 0;
