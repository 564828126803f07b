// What a recovery plan does not say itself: where its machines run, and which way they are replicated.
import type { ActionContext } from '../../../model/action.ts';
import type { InventoryItem } from '../../../model/events.ts';
import type { Json, JsonObject } from '../../../model/json.ts';
import { sameResource } from '../../../model/resource-id.ts';
import type { World } from '../../world.ts';
import { type ProtectedItem, parseItem, parsePlan, siteTarget, vaultOf } from './protected-items.ts';

type Facts = InventoryItem['facts'];
type Context = Pick<ActionContext<World>, 'world' | 'signal'>;

/**
 * Of a recovery plan. It names its machines alone, and once the way back is replicated it allows the same as before the failover: only its
 * items say where they run, so each of them is read as well. One that its vault does not have any more has a name and nothing else.
 */
export async function planFacts(id: string, body: Json | undefined, { world, signal }: Context): Promise<Facts> {
  const { items } = parsePlan(body);
  const listed = await world.arm.list(siteTarget(`${vaultOf(id)}/replicationProtectedItems`), signal);
  const known = listed.map((item) => parseItem(item));
  const facts = items.map((item): JsonObject => {
    const found = known.find(({ name }) => sameResource(name, item));
    return { item, ...(found === undefined ? {} : standing(found)) };
  });
  return { items: facts };
}

/** Nothing of it changes while a machine is at home and protected, as its RPO and its health do. */
const standing = ({
  protectionState,
  activeLocation,
  testFailoverState,
  primaryLocation,
  recoveryLocation,
}: ProtectedItem): JsonObject => ({
  protectionState,
  activeLocation,
  testFailoverState,
  primaryLocation: primaryLocation ?? null,
  recoveryLocation: recoveryLocation ?? null,
});
