// The configuration of a resource as facts of an inventory: every field of its body but the volatile ones, without secrets, within limits.
import type { InventoryItem } from '../../model/events.ts';
import { canonicalJson, type Json, type JsonObject, sha256 } from '../../model/json.ts';
import { withoutKnown, withoutSecrets } from '../redact-value.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import { volatileIn } from './volatile.ts';

/** Of one resource, so that a line of the journal stays within its bounds. */
export const FACTS_CHARACTERS_MAX = 128 * 1024;
const VALUE_CHARACTERS_MAX = 256;
/** What does not fit is held together under this name, so that a difference in it shows, though not where. */
const REST = 'all other fields';

/**
 * Facts by path: `properties.storage.autoGrow` → `Enabled`. Secrets are removed by name, by form and, those of the environment (`secrets`), wherever they stand, before anything is kept; of texts that are
 * long, or look like a key, the digest is kept. Ids of resources are in lower case, because Azure spells them in more ways than one.
 */
export function configurationFacts(
  type: string,
  body: JsonObject,
  charactersMax = FACTS_CHARACTERS_MAX,
  secrets: readonly string[] = [],
): InventoryItem['facts'] {
  const isVolatile = volatileIn(type);
  const clean = withoutSecrets(body, secrets) as JsonObject;
  const kept = leavesOf(clean)
    .filter(({ path }) => !isVolatile(path))
    .map(({ shown, value }) => [withoutKnown(shown, secrets), shortValue(value)] as const)
    .toSorted(byName);
  return withinLimit(kept, charactersMax);
}

function shortValue(value: Leaf['value']): Json {
  if (typeof value === 'string') return shortText(value);
  if (!Array.isArray(value)) return value;
  const items = value.map((item: Json) => (typeof item === 'string' ? shortText(item) : item));
  const text = canonicalJson(items);
  return text.length > VALUE_CHARACTERS_MAX ? digested(canonicalJson(value)) : items;
}

const RESOURCE_ID = /^\/subscriptions\/[^/]+(\/|$)/i;
/** Keys and tokens are long and mix what names do not mix. */
const KEY_LIKE = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/.~-]{40,}={0,2}$/;

function shortText(text: string): string {
  const plain = RESOURCE_ID.test(text) ? text.toLowerCase() : text;
  return plain.length > VALUE_CHARACTERS_MAX || KEY_LIKE.test(plain) ? digested(plain) : plain;
}

const digested = (text: string): string => `sha256:${sha256(text)} of ${text.length} characters`;

type Fact = readonly [name: string, value: Json];

function withinLimit(facts: readonly Fact[], charactersMax: number): InventoryItem['facts'] {
  const kept: Fact[] = [];
  let room = charactersMax;
  for (const fact of facts) {
    room -= canonicalJson(fact).length;
    if (room < 0) break;
    kept.push(fact);
  }
  const rest = facts.slice(kept.length);
  return Object.fromEntries(rest.length === 0 ? kept : [...kept, [REST, digested(canonicalJson(rest))]]);
}

const byName = ([a]: Fact, [b]: Fact) => (a < b ? -1 : 1);
