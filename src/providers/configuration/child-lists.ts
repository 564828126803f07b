// What belongs to the configuration of a resource and does not stand in its own body.

import type { Json, JsonObject } from '../../model/json.ts';
import { GROUP_TYPE, sameResource } from '../../model/resource-id.ts';
import { type ArmError, isArmError } from '../arm/arm-error.ts';
import type { World } from '../world.ts';

/** Path below the resource; its last word names the list among the resource's members. */
const CHILD_LISTS: Readonly<Record<string, readonly string[]>> = {
  'Microsoft.DBforPostgreSQL/flexibleServers': [
    'firewallRules',
    'configurations',
    'databases',
    'administrators',
    'virtualendpoints',
  ],
  'Microsoft.Storage/storageAccounts': ['blobServices'],
  'Microsoft.Network/dnsZones': ['recordsets'],
  'Microsoft.Sql/servers': ['firewallRules', 'databases', 'failoverGroups'],
  'Microsoft.ServiceBus/namespaces': ['disasterRecoveryConfigs', 'networkRuleSets'],
  'Microsoft.EventHub/namespaces': ['disasterRecoveryConfigs', 'networkRuleSets'],
};
const LOCKS = 'providers/Microsoft.Authorization/locks';
const LOCKS_API_VERSION = '2020-05-01';

interface Owner {
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
}

/** The lists of one resource by their names, one GET each. Throws ArmError when one that is served cannot be read. */
export async function readChildLists(
  { id, type, apiVersion }: Owner,
  world: World,
  signal: AbortSignal,
): Promise<JsonObject> {
  const names = Object.entries(CHILD_LISTS).find(([known]) => sameResource(known, type))?.[1] ?? [];
  const wanted = [
    ...names.map((name) => ({ name, path: `${id}/${name}`, apiVersion })),
    ...(isWhole(type) ? [{ name: 'locks', path: `${id}/${LOCKS}`, apiVersion: LOCKS_API_VERSION }] : []),
  ];
  const read = async ({ name, ...target }: (typeof wanted)[number]): Promise<readonly [string, Json]> => {
    try {
      return [name, await world.arm.list(target, signal)];
    } catch (error) {
      if (isArmError(error) && isRefused(error))
        return [name, `not served here (${error.serviceCode ?? error.status})`];
      throw error;
    }
  };
  return Object.fromEntries(await Promise.all(wanted.map(read)));
}

/** Locks of a part stand in the list of the whole. */
const isWhole = (type: string) => sameResource(type, GROUP_TYPE) || type.split('/').length === 2;

/** This account, tier or twin has no such list, whatever code it says so with. When that changes, it is a difference. */
const isRefused = (error: ArmError) => error.code === 'arm-refused' || error.missing || isNotServed(error);

const NOT_SERVED_CODES = new Set(['InvalidResourceType', 'NoRegisteredProviderFound', 'UnsupportedByTwin']);

/** The control plane knows no such type of resource. */
export const isNotServed = (error: unknown): boolean =>
  isArmError(error) && NOT_SERVED_CODES.has(error.serviceCode ?? '');
