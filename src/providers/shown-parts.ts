// Of something that can be long and hold secrets, the parts that a condition reads, and no others.
import { parseExpression } from '../model/expression.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { redactValue } from './redact-value.ts';

const PART_LENGTH_MAX = 500;

/** Parts of `seen` below the member `root`, by the paths that a condition reads them by. */
export function shownParts(expect: string, seen: JsonObject, root: string): JsonObject {
  const read = parseExpression(expect).references.filter((path) => path.split('.', 1)[0] === root);
  const parts = read.map((path) => {
    const name = path.split('.').at(-1) ?? path;
    const value = path.split('.').reduce<Json>(memberOf, seen);
    return [path, shortened((redactValue({ [name]: value }) as JsonObject)[name] ?? null)] as const;
  });
  return Object.fromEntries(parts);
}

/** A part that is long is kept as the beginning of its JSON text. */
function shortened(part: Json): Json {
  const text = JSON.stringify(part);
  return text.length > PART_LENGTH_MAX ? `${text.slice(0, PART_LENGTH_MAX)}…` : part;
}

const memberOf = (owner: Json, name: string): Json =>
  owner !== null && typeof owner === 'object' && Object.hasOwn(owner, name)
    ? ((owner as JsonObject)[name] ?? null)
    : null;
