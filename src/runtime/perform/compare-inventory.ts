import type { InventoryItem } from '../../model/events.ts';
import { canonicalJson } from '../../model/json.ts';
import { sameResource } from '../../model/resource-id.ts';

export interface Comparison {
  /** `id: fact expected X, found Y`, values as JSON. */
  readonly differences: readonly string[];
  /** Ids that stand now and did not at the baseline. */
  readonly leftOvers: readonly string[];
}

/**
 * Compares two inventories. Resources of the scope must have every fact of the baseline again; of the others around them, which other
 * people use too, only that they stand.
 */
export function compareInventory(
  baseline: readonly InventoryItem[],
  fresh: readonly InventoryItem[],
  scope: readonly string[],
): Comparison {
  const isInScope = (id: string) => scope.some((owner) => sameResource(owner, id));
  const differences = baseline.flatMap((item) => {
    const found = fresh.find(({ id }) => sameResource(id, item.id))?.facts ?? { present: false };
    const expected = { present: true, ...item.facts };
    return isInScope(item.id)
      ? differingFacts(item.id, expected, found)
      : differingFacts(item.id, presence(expected), presence(found));
  });
  const known = (id: string) => baseline.some((item) => sameResource(item.id, id) && item.facts['present'] !== false);
  const leftOvers = fresh
    .filter(({ id, facts }) => facts['present'] !== false && !known(id) && !isInScope(id))
    .map(({ id }) => id);
  return { differences, leftOvers };
}

type Facts = InventoryItem['facts'];

const presence = (facts: Facts): Facts => ({ present: facts['present'] !== false });

function differingFacts(id: string, expected: Facts, found: Facts): readonly string[] {
  const here: Facts = { present: true, ...found };
  // Of a resource that is gone, nothing else can be said.
  const names =
    here['present'] === false ? ['present'] : [...new Set([...Object.keys(expected), ...Object.keys(here)])].sort();
  return names
    .filter((name) => canonicalJson(expected[name]) !== canonicalJson(here[name]))
    .map((name) => `${id}: ${name} expected ${shown(expected[name])}, found ${shown(here[name])}`);
}

const shown = (value: Facts[string] | undefined) => (value === undefined ? 'nothing' : canonicalJson(value));
