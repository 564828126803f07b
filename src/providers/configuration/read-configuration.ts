// One resource as an item of the inventory: that it stands, and its configuration.
import type { ActionContext } from '../../model/action.ts';
import type { InventoryItem } from '../../model/events.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { GROUP_TYPE, parseResourceId, sameResource } from '../../model/resource-id.ts';
import { knownApiVersion } from '../api-versions.ts';
import type { Target } from '../arm/allowed-url.ts';
import { ArmError, isArmError } from '../arm/arm-error.ts';
import { PLAN_TYPE } from '../azure/siterecovery/protected-items.ts';
import { planFacts } from '../azure/siterecovery/site-facts.ts';
import { machineTarget, parseMachine } from '../azure/virtual-machine.ts';
import { ProviderError } from '../provider-error.ts';
import { secretsOf } from '../redact-value.ts';
import { MACHINE_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { isNotServed, readChildLists } from './child-lists.ts';
import { configurationFacts } from './configuration-facts.ts';
import { newestApiVersion } from './newest-api-version.ts';

type Facts = InventoryItem['facts'];
type Context = Pick<ActionContext<World>, 'world' | 'signal'>;

export interface Asked {
  readonly id: string;
  /** The resource as its group's list shows it; undefined: it does not stand there. */
  readonly listed: JsonObject | undefined;
  readonly charactersMax: number;
}

/**
 * What stands under an id. A resource that this control plane does not show by itself is known by its group's list alone. Throws ArmError, or
 * ProviderError `answer-invalid` when the answer is no resource: nothing is left out in silence.
 */
export async function readConfiguration(asked: Asked, context: Context): Promise<InventoryItem> {
  const { id, listed, charactersMax } = asked;
  const type = typeOf(id, listed);
  const target = await targetOf(id, type, context);
  const factsOf = (body: JsonObject) =>
    configurationFacts(type, body, charactersMax, secretsOf(context.world.connection));
  const known = listed === undefined ? undefined : factsOf(listed);
  const byList = () => (known === undefined ? absent(id, type) : item(id, type, known));
  if (target === undefined) return byList();
  const read = await readBody(target, context);
  if (read instanceof ArmError) {
    if (isNotServed(read) || known === undefined) return byList();
    const why = `not found (${read.serviceCode ?? read.status}), though its group lists it`;
    return item(id, type, { ...known, [ITSELF]: why });
  }
  const { apiVersion = '' } = target;
  const lists = await readChildLists({ id, type, apiVersion }, context.world, context.signal);
  const more = await factsBeside(id, type, read, context);
  return item(id, type, { ...factsOf({ ...read, ...lists }), ...more });
}

/** Named by its group and not found by its id, a resource is not proved to be gone: this fact makes it a difference. */
const ITSELF = 'the resource itself';

/** The resource, or why its control plane shows none under this id. What else goes wrong, here or below the resource, says nothing of that. */
async function readBody(target: Target, { world, signal }: Context): Promise<JsonObject | ArmError> {
  try {
    return bodyOf((await world.arm.get(target, signal)).body);
  } catch (error) {
    if (isArmError(error) && (isNotServed(error) || error.missing)) return error;
    throw error;
  }
}

export const absent = (id: string, type: string): InventoryItem => ({ id, type, facts: { present: false } });

const item = (id: string, type: string, facts: Facts): InventoryItem => ({
  id,
  type,
  facts: { present: true, ...facts },
});

/** As the service spells it, where it says so. */
function typeOf(id: string, listed: JsonObject | undefined): string {
  const said = listed?.['type'];
  return typeof said === 'string' ? said : (parseResourceId(id)?.type ?? '');
}

/** Undefined for a type of which nobody tells an api-version. */
async function targetOf(id: string, type: string, { world, signal }: Context): Promise<Target | undefined> {
  if (sameResource(type, MACHINE_TYPE)) return machineTarget(id);
  const apiVersion = knownApiVersion(id) ?? (await newestApiVersion(id, world, signal));
  return apiVersion === undefined ? undefined : { path: id, apiVersion };
}

/** What the body does not say, or says in a place where everything else changes all the time. */
async function factsBeside(id: string, type: string, body: JsonObject, context: Context): Promise<Facts> {
  if (sameResource(type, MACHINE_TYPE)) return { power: parseMachine(body).power ?? null };
  if (sameResource(type, PLAN_TYPE)) return planFacts(id, body, context);
  return {};
}

function bodyOf(body: Json | undefined): JsonObject {
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) {
    const found = body as JsonObject;
    if (typeof found['id'] === 'string' || typeof found['properties'] === 'object') return found;
  }
  throw new ProviderError('answer-invalid', 'expected a resource with its properties, found something else');
}

/** A resource group shows whatever lies in it as its own. */
export const isGroup = (id: string): boolean => sameResource(parseResourceId(id)?.type ?? '', GROUP_TYPE);
