// What restoration is held to: the inventory of the baseline. Pure, so that the one who proves and the one who checks the proof compare alike.
import type { EventOf, InventoryItem } from './events.ts';
import { canonicalJson } from './json.ts';
import { sameResource } from './resource-id.ts';

export interface Comparison {
  /** `id: fact expected X, found Y`, values as JSON. */
  readonly differences: readonly string[];
  /** Ids that stand now and did not at the baseline. */
  readonly leftOvers: readonly string[];
}

type Baseline = Pick<EventOf<'baseline.finished'>, 'held' | 'inventory'>;
const NOTHING_FOUND: Comparison = { differences: [], leftOvers: [] };
const NOTHING_COMPARED: Comparison = {
  differences: ["nothing was compared: the baseline's inventory is empty"],
  leftOvers: [],
};

/**
 * Compares with the baseline on record. A run whose baseline was never held has disrupted nothing, so there an empty or missing inventory
 * is no difference; once it was held, comparing with nothing proves nothing. What the drill `created` must have been asked for by its id.
 */
export function compareWithBaseline(
  baseline: Baseline | undefined,
  fresh: readonly InventoryItem[],
  scope: readonly string[],
  created: readonly string[] = [],
): Comparison {
  if (!needsProof(baseline)) return NOTHING_FOUND;
  // A drill without a scope may write to nothing, so there is nothing to compare.
  if (baseline.inventory.length === 0 && scope.length > 0) return NOTHING_COMPARED;
  const found = compareInventory(baseline.inventory, fresh, scope);
  const unasked = created.filter((made) => !fresh.some(({ id }) => sameResource(id, made)));
  return {
    ...found,
    differences: [
      ...found.differences,
      ...unasked.map((id) => `${id}: was not looked for, although the drill created it`),
    ],
  };
}

/** False when there is no baseline to return to, and none that was held. */
export const needsProof = (baseline: Baseline | undefined): baseline is Baseline =>
  baseline !== undefined && (baseline.held || baseline.inventory.length > 0);

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
