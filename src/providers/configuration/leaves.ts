// A body as a flat list of paths and values, so that two of them can be told apart field by field.
import type { Json, JsonObject } from '../../model/json.ts';

export interface Leaf {
  /** Members and items from the root, as they are called. */
  readonly path: readonly string[];
  /** The same for people, and never the same for two places: `properties.endpoints["westeurope"].properties.priority`. */
  readonly shown: string;
  readonly value: Json;
}

/**
 * Every value that is no object, in the order of the body. Lists whose items have names of their own are told by them, whatever their order;
 * lists of plain values are one value. What is null or empty says the same as what is absent, and is left out.
 */
export function leavesOf(body: JsonObject): readonly Leaf[] {
  return membersOf(body, { path: [], shown: '' });
}

type Place = Omit<Leaf, 'value'>;

const membersOf = (value: JsonObject, place: Place): readonly Leaf[] =>
  Object.entries(value).flatMap(([name, member]) => leaves(member, memberOf(place, name)));

function leaves(value: Json, place: Place): readonly Leaf[] {
  if (value === null) return [];
  if (Array.isArray(value)) return itemsOf(value as readonly Json[], place);
  if (typeof value !== 'object') return [{ ...place, value }];
  return membersOf(value as JsonObject, place);
}

function itemsOf(items: readonly Json[], place: Place): readonly Leaf[] {
  if (items.length === 0) return [];
  if (!items.some(isObject)) return [{ ...place, value: items }];
  const names = namesOf(items);
  return items.flatMap((item, index) => {
    const name = names?.[index];
    const at = name === undefined ? indexOf(place, index) : itemOf(place, name);
    const found = leaves(isObject(item) && name !== undefined ? withoutName(item, name) : item, at);
    // That it is there is something, also when nothing else is said of it.
    return found.length > 0 ? found : [{ ...at, value: true }];
  });
}

const isObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** What tells the items of a list apart: their names, else type and name in their ids, else their ids. */
function namesOf(items: readonly Json[]): readonly string[] | undefined {
  const texts = (key: 'name' | 'id') => items.map((item) => (isObject(item) ? item[key] : undefined));
  const ids = texts('id').map((id) => (typeof id === 'string' ? id.toLowerCase() : undefined));
  const short = ids.map((id) => id?.split('/').slice(-2).join('/'));
  const kinds: readonly (readonly (Json | undefined)[])[] = [texts('name'), short, ids];
  return kinds.find(tellApart);
}

const tellApart = (names: readonly (Json | undefined)[]): names is readonly string[] =>
  names.every((name) => typeof name === 'string') && new Set(names).size === names.length;

/** Without what its place says already: the name, and an id that ends with it. */
function withoutName(item: JsonObject, called: string): JsonObject {
  const { name = called, id, type, ...rest } = item;
  const ends = (text: Json | undefined, end: Json) =>
    typeof text === 'string' && `/${text}`.toLowerCase().endsWith(`/${String(end)}`.toLowerCase());
  if (ends(called, name) && ends(id, called)) return rest;
  return {
    ...(name === called ? {} : { name }),
    ...(id === undefined ? {} : { id }),
    ...(type === undefined ? {} : { type }),
    ...rest,
  };
}

const PLAIN = /^[A-Za-z_$@][\w$@-]*$/;

const memberOf = ({ path, shown }: Place, name: string): Place => ({
  path: [...path, name],
  shown:
    PLAIN.test(name) && name !== '__proto__'
      ? `${shown}${shown === '' ? '' : '.'}${name}`
      : `${shown}[${JSON.stringify(name)}]`,
});

const itemOf = ({ path, shown }: Place, name: string): Place => ({
  path: [...path, name],
  shown: `${shown}[${JSON.stringify(name)}]`,
});

const indexOf = ({ path, shown }: Place, index: number): Place => ({
  path: [...path, String(index)],
  shown: `${shown}[${index}]`,
});
