// What stands: the resources of a drill with their whole configuration, and everything else in their resource groups.
import type { GenericResourceExpanded } from '@azure/arm-resources';
import PQueue from 'p-queue';
import type { ActionContext, Inventory } from '../model/action.ts';
import type { InventoryItem } from '../model/events.ts';
import type { JsonObject } from '../model/json.ts';
import { isWithin, parseResourceId, sameResource } from '../model/resource-id.ts';
import { FACTS_CHARACTERS_MAX } from './configuration/configuration-facts.ts';
import { absent, isGroup, readConfiguration } from './configuration/read-configuration.ts';
import { listGroup } from './list-group.ts';
import type { World } from './world.ts';

/** Each of them may send several requests of its own. */
const RESOURCES_AT_ONCE = 4;
/** Of all resources together: an inventory is one line of the journal. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

/**
 * Reads the given ids with their configuration, and lists their resource groups so that a resource which the drill left behind shows up too.
 * What lies in a resource group that is given is read like what is given itself. Ids that do not exist are items with `present: false`.
 * Sorted by id.
 */
export const inventory: Inventory<World> = {
  read: async (ids, context) => {
    const standing = (
      await Promise.all(groupsOf(ids).map((group) => listGroup(group, context.world, context.signal)))
    ).flat();
    const groups = ids.filter(isGroup);
    const isGiven = (id: string) => ids.some((known) => sameResource(known, id));
    const [inside, others] = partition(
      standing.filter(({ id = '' }) => !isGiven(id)),
      ({ id = '' }) => groups.some((group) => isWithin(id, group)),
    );
    const asked = await readAll([...ids, ...inside.map(({ id }) => id ?? '')], standing, context);
    return [...asked, ...others.map(genericItem)].sort((a, b) => (a.id.toLowerCase() < b.id.toLowerCase() ? -1 : 1));
  },
};

async function readAll(
  ids: readonly string[],
  standing: readonly GenericResourceExpanded[],
  context: ActionContext<World>,
): Promise<readonly InventoryItem[]> {
  const charactersMax = Math.min(FACTS_CHARACTERS_MAX, Math.floor(CHARACTERS_MAX / Math.max(1, ids.length)));
  const queue = new PQueue({ concurrency: RESOURCES_AT_ONCE });
  const read = async (id: string): Promise<InventoryItem> => {
    if (id.endsWith(ANY_REST)) return named(id, parseResourceId(id)?.type ?? '', standing);
    const listed = standing.find((resource) => sameResource(resource.id ?? '', id));
    return readConfiguration({ id, listed: listed && plain(listed), charactersMax }, context);
  };
  return queue.addAll(ids.map((id) => () => read(id)));
}

/** No name of a resource holds a star: an id that ends with one stands for everything whose id begins so. */
const ANY_REST = '*';

/** Present when anything stands whose name begins so; which, the rest of the inventory says. */
function named(id: string, type: string, standing: readonly GenericResourceExpanded[]): InventoryItem {
  const beginning = id.slice(0, -ANY_REST.length).toLowerCase();
  const count = standing.filter((resource) => resource.id?.toLowerCase().startsWith(beginning)).length;
  return count === 0 ? absent(id, type) : { id, type, facts: { present: true, count } };
}

const genericItem = ({ id, type, location, provisioningState }: GenericResourceExpanded): InventoryItem => ({
  id: id ?? '',
  type: type ?? '',
  facts: { present: true, location: location ?? null, provisioningState: provisioningState ?? null },
});

/** Without what the client adds: dates as texts. */
const plain = (listed: GenericResourceExpanded) => JSON.parse(JSON.stringify(listed)) as JsonObject;

/** One id of each resource group, in lower case and once. */
const groupsOf = (ids: readonly string[]) => [
  ...new Map(
    ids.flatMap((id) => {
      const parsed = parseResourceId(id);
      return parsed === undefined ? [] : [[`${parsed.subscription}/${parsed.group}`.toLowerCase(), parsed] as const];
    }),
  ).values(),
];

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
