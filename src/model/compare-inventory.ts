// What restoration is held to: the inventory of the baseline. Pure, so that the one who proves and the one who checks the proof compare alike.
import type { EventOf, InventoryItem } from './events.ts';
import { canonicalJson } from './json.ts';
import { GROUP_TYPE, isWithin, parseResourceId, sameResource } from './resource-id.ts';

/** One fact of one resource that is not what it was at the baseline. */
export interface Difference {
  /** ARM id; null when there was no resource to compare, so that nobody can accept it by its name. */
  readonly resource: string | null;
  /** What differs: `present`, or the path of a field such as `properties.storage.autoGrow`. */
  readonly fact: string;
  /** As JSON text; `nothing` where there was none. */
  readonly expected: string;
  readonly found: string;
}

export interface Comparison {
  readonly rows: readonly Difference[];
  /** The rows as texts, in the same order: `id: fact expected X, found Y`. */
  readonly differences: readonly string[];
  /** Ids that stand now and did not at the baseline. */
  readonly leftOvers: readonly string[];
}

type Baseline = Pick<EventOf<'baseline.finished'>, 'held' | 'inventory'>;
const NOTHING_COMPARED: Difference = {
  resource: null,
  fact: 'inventory of the baseline',
  expected: 'resources to compare with',
  found: 'none: nothing was compared',
};

/** What a comparison came to. */
const comparisonOf = (rows: readonly Difference[], leftOvers: readonly string[]): Comparison => ({
  rows,
  differences: rows.map(differenceText),
  leftOvers,
});

/** Nothing differs and nothing is left over. */
export const NOTHING_FOUND: Comparison = comparisonOf([], []);

/** `id: fact expected X, found Y`: what the journal keeps of a difference. */
export function differenceText({ resource, fact, expected, found }: Difference): string {
  return `${resource === null ? '' : `${resource}: `}${fact} expected ${expected}, found ${found}`;
}

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
  if (baseline.inventory.length === 0 && scope.length > 0) return comparisonOf([NOTHING_COMPARED], []);
  const found = compareInventory(baseline.inventory, fresh, scope);
  const unasked = created.filter((made) => !fresh.some(({ id }) => sameResource(id, made)));
  return comparisonOf([...found.rows, ...unasked.map(notLookedFor)], found.leftOvers);
}

const notLookedFor = (id: string): Difference => ({
  resource: id,
  fact: 'present',
  expected: 'to be looked for, because the drill created it',
  found: 'no look',
});

/** False when there is no baseline to return to, and none that was held. */
export const needsProof = (baseline: Baseline | undefined): baseline is Baseline =>
  baseline !== undefined && (baseline.held || baseline.inventory.length > 0);

/**
 * Compares two inventories. Resources of the scope, and what lies in its resource groups, must have every fact of the baseline again; of the
 * others around them, which other people use too, only that they stand.
 */
export function compareInventory(
  baseline: readonly InventoryItem[],
  fresh: readonly InventoryItem[],
  scope: readonly string[],
): Comparison {
  const isInScope = (id: string) => scope.some((owner) => sameResource(owner, id));
  const isHeld = (id: string) => isInScope(id) || scope.some((owner) => isGroup(owner) && isWithin(id, owner));
  const rows = baseline.flatMap((item) => {
    const found = fresh.find(({ id }) => sameResource(id, item.id))?.facts ?? { present: false };
    const expected = { present: true, ...item.facts };
    return isHeld(item.id)
      ? differingFacts(item.id, expected, found)
      : differingFacts(item.id, presence(expected), presence(found));
  });
  const known = (id: string) => baseline.some((item) => sameResource(item.id, id) && item.facts['present'] !== false);
  const leftOvers = fresh
    .filter(({ id, facts }) => facts['present'] !== false && !known(id) && !isInScope(id))
    .map(({ id }) => id);
  return comparisonOf(rows, leftOvers);
}

const isGroup = (id: string) => sameResource(parseResourceId(id)?.type ?? '', GROUP_TYPE);

type Facts = InventoryItem['facts'];

const presence = (facts: Facts): Facts => ({ present: facts['present'] !== false });

function differingFacts(resource: string, expected: Facts, found: Facts): readonly Difference[] {
  const here: Facts = { present: true, ...found };
  // Of a resource that is gone, nothing else can be said.
  const names =
    here['present'] === false ? ['present'] : [...new Set([...Object.keys(expected), ...Object.keys(here)])].sort();
  return names
    .filter((name) => canonicalJson(expected[name]) !== canonicalJson(here[name]))
    .map((name) => ({ resource, fact: name, expected: shown(expected[name]), found: shown(here[name]) }));
}

const shown = (value: Facts[string] | undefined) => (value === undefined ? 'nothing' : canonicalJson(value));
