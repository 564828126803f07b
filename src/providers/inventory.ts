// What stands: the resources of a drill with the facts that matter, and everything else in their resource groups.
import type { GenericResourceExpanded } from '@azure/arm-resources';
import * as z from 'zod';
import type { ActionContext, Inventory } from '../model/action.ts';
import type { InventoryItem } from '../model/events.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { GROUP_TYPE, parseResourceId, sameResource } from '../model/resource-id.ts';
import type { Target } from './arm/allowed-url.ts';
import { isArmError } from './arm/arm-error.ts';
import { parseVault, VAULT_API_VERSION } from './azure/backup/recovery-vault.ts';
import { DNS_API_VERSION, parseRecordSet } from './azure/dns-record-set.ts';
import { parseServer, serverTarget } from './azure/flexible-server.ts';
import { GROUP_API_VERSION, parseGroup } from './azure/resource-group.ts';
import { NETWORK_API_VERSION, parseSecurityGroup } from './azure/security-rule.ts';
import { ITEM_TYPE, PLAN_TYPE, siteTarget } from './azure/siterecovery/protected-items.ts';
import { itemFacts, planFacts } from './azure/siterecovery/site-facts.ts';
import { accountApiVersion, parseAccount } from './azure/storage-account.ts';
import { parseEndpoint, TRAFFIC_API_VERSION } from './azure/trafficmanager-endpoint.ts';
import { machineTarget, parseMachine } from './azure/virtual-machine.ts';
import { listGroup } from './list-group.ts';
import { ProviderError } from './provider-error.ts';
import {
  DNS_ZONE_TYPE,
  MACHINE_TYPE,
  PROFILE_TYPE,
  SECURITY_GROUP_TYPE,
  SERVER_TYPE,
  STORAGE_TYPE,
  VAULT_TYPE,
} from './resource-input.ts';
import { SERVICE_READERS } from './service-facts.ts';
import type { World } from './world.ts';

/**
 * Reads the given ids, and lists their resource groups so that a resource which the drill left behind shows up too. Ids that do not
 * exist are items with `present: false`. Sorted by id.
 */
export const inventory: Inventory<World> = {
  read: async (ids, context) => {
    const standing = (
      await Promise.all(groupsOf(ids).map((group) => listGroup(group, context.world, context.signal)))
    ).flat();
    const asked = await Promise.all(ids.map((id) => readOne(id, standing, context)));
    const others = standing.filter(({ id }) => !ids.some((known) => sameResource(known, id ?? ''))).map(genericItem);
    return [...asked, ...others].sort((a, b) => (a.id.toLowerCase() < b.id.toLowerCase() ? -1 : 1));
  },
};

interface Asked {
  readonly id: string;
  readonly context: ActionContext<World>;
}

interface Reader {
  readonly type: string;
  readonly target: (id: string) => Target;
  /** Read instead of the resource: the list at this target. */
  readonly list?: (id: string) => Target;
  /** `asked`: for what the resource itself does not show and must be read as well. */
  readonly facts: (body: Json | undefined, asked: Asked) => InventoryItem['facts'] | Promise<InventoryItem['facts']>;
}

const at =
  (apiVersion: string) =>
  (path: string): Target => ({ path, apiVersion });

const READERS: readonly Reader[] = [
  { type: GROUP_TYPE, target: at(GROUP_API_VERSION), facts: (body) => ({ present: true, ...parseGroup(body) }) },
  {
    type: DNS_ZONE_TYPE,
    target: at(DNS_API_VERSION),
    list: (id) => at(DNS_API_VERSION)(`${id}/recordsets`),
    facts: zoneFacts,
  },
  { type: SERVER_TYPE, target: serverTarget, facts: serverFacts },
  { type: STORAGE_TYPE, target: at(accountApiVersion), facts: accountFacts },
  { type: MACHINE_TYPE, target: machineTarget, facts: machineFacts },
  { type: SECURITY_GROUP_TYPE, target: at(NETWORK_API_VERSION), facts: securityGroupFacts },
  { type: PROFILE_TYPE, target: at(TRAFFIC_API_VERSION), facts: profileFacts },
  { type: ITEM_TYPE, target: siteTarget, facts: itemFacts },
  { type: PLAN_TYPE, target: siteTarget, facts: (body, { id, context }) => planFacts(id, body, context) },
  { type: VAULT_TYPE, target: at(VAULT_API_VERSION), facts: (body) => ({ present: true, ...parseVault(body) }) },
  ...['AzureEndpoints', 'ExternalEndpoints', 'NestedEndpoints'].map((kind) => ({
    type: `${PROFILE_TYPE}/${kind}`,
    target: at(TRAFFIC_API_VERSION),
    facts: (body: Json | undefined) => ({ present: true, ...parseEndpoint(body) }),
  })),
  ...SERVICE_READERS.map(({ apiVersion, ...reader }) => ({ ...reader, target: at(apiVersion) })),
];

async function readOne(
  id: string,
  standing: readonly GenericResourceExpanded[],
  context: ActionContext<World>,
): Promise<InventoryItem> {
  const { world, signal } = context;
  const type = parseResourceId(id)?.type ?? '';
  const reader = READERS.find((candidate) => sameResource(candidate.type, type));
  const listed = standing.find((resource) => sameResource(resource.id ?? '', id));
  if (id.endsWith(ANY_REST)) return named(id, type, standing);
  if (reader === undefined) return listed === undefined ? absent(id, type) : genericItem(listed);
  try {
    const body =
      reader.list === undefined
        ? (await world.arm.get(reader.target(id), signal)).body
        : [...(await world.arm.list(reader.list(id), signal))];
    return { id, type: reader.type, facts: await reader.facts(body, { id, context }) };
  } catch (error) {
    if (isArmError(error, 'arm-not-found')) return absent(id, reader.type);
    throw error;
  }
}

/** No name of a resource holds a star: an id that ends with one stands for everything whose id begins so. */
const ANY_REST = '*';

/** Present when anything stands whose name begins so; which, the rest of the inventory says. */
function named(id: string, type: string, standing: readonly GenericResourceExpanded[]): InventoryItem {
  const beginning = id.slice(0, -ANY_REST.length).toLowerCase();
  const count = standing.filter((resource) => resource.id?.toLowerCase().startsWith(beginning)).length;
  return count === 0 ? absent(id, type) : { id, type, facts: { present: true, count } };
}

const absent = (id: string, type: string): InventoryItem => ({ id, type, facts: { present: false } });

const genericItem = ({ id, type, location, provisioningState }: GenericResourceExpanded): InventoryItem => ({
  id: id ?? '',
  type: type ?? '',
  facts: { present: true, location: location ?? null, provisioningState: provisioningState ?? null },
});

function serverFacts(body: Json | undefined): InventoryItem['facts'] {
  const { location, state, role, source, version } = parseServer(body);
  return {
    present: true,
    location,
    state,
    replicationRole: role,
    sourceServer: source ?? null,
    version: version ?? null,
  };
}

function accountFacts(body: Json | undefined): InventoryItem['facts'] {
  const { sku, primary, secondary } = parseAccount(body);
  return { present: true, sku, primary, secondary: secondary ?? null };
}

/** Every record set of a zone: `A www` → its values and time to live. Those that this program cannot read are named alone. */
function zoneFacts(body: Json | undefined): InventoryItem['facts'] {
  const sets = (Array.isArray(body) ? body : []).map((item) => {
    const { label, ttl, values } = parseRecordSet(item);
    return [label, { ttl, values: [...values] }] as const;
  });
  return { present: true, records: Object.fromEntries(sets) };
}

function machineFacts(body: Json | undefined): InventoryItem['facts'] {
  const { location, power, disks } = parseMachine(body);
  return { present: true, location, power: power ?? null, disks: [...disks] };
}

function securityGroupFacts(body: Json | undefined): InventoryItem['facts'] {
  const { location, rules } = parseSecurityGroup(body);
  return { present: true, location, rules };
}

const profileShape = z.object({
  properties: z.object({
    profileStatus: z.string().nullish(),
    endpoints: z.array(z.looseObject({ name: z.string() })).nullish(),
  }),
});

function profileFacts(body: Json | undefined): InventoryItem['facts'] {
  const parsed = profileShape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError('answer-invalid', 'expected a Traffic Manager profile, found something else');
  const { profileStatus, endpoints } = parsed.data.properties;
  const named = (endpoints ?? []).map((endpoint) => [endpoint.name, parseEndpoint(endpoint as JsonObject)] as const);
  return { present: true, profileStatus: profileStatus ?? null, endpoints: Object.fromEntries(named) };
}

/** One id of each resource group, in lower case and once. */
const groupsOf = (ids: readonly string[]) => [
  ...new Map(
    ids.flatMap((id) => {
      const parsed = parseResourceId(id);
      return parsed === undefined ? [] : [[`${parsed.subscription}/${parsed.group}`.toLowerCase(), parsed] as const];
    }),
  ).values(),
];
