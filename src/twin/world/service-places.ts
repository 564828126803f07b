// Where the services of a world lie that are records only.
import {
  COSMOS_TYPE,
  EVENT_HUB_TYPE,
  KEY_VAULT_TYPE,
  resourceId,
  SERVICE_BUS_TYPE,
  SQL_SERVER_TYPE,
} from './resource-ids.ts';
import type { World } from './world-schema.ts';

/** An account of Cosmos DB lies in each of its regions. */
export function servicePlaces(world: World): readonly { readonly id: string; readonly region: string }[] {
  const { sqlServers, serviceBusNamespaces, eventHubNamespaces, cosmosAccounts, keyVaults } = world;
  const inOne = (type: string, items: readonly { name: string; group: string; region: string }[]) =>
    items.map((item) => ({ id: resourceId(world.subscription, type, item), region: item.region }));
  return [
    ...inOne(SQL_SERVER_TYPE, sqlServers),
    ...inOne(SERVICE_BUS_TYPE, serviceBusNamespaces),
    ...inOne(EVENT_HUB_TYPE, eventHubNamespaces),
    ...cosmosAccounts.flatMap((account) =>
      account.regions.map((region) => ({ id: resourceId(world.subscription, COSMOS_TYPE, account), region })),
    ),
    ...inOne(KEY_VAULT_TYPE, keyVaults),
  ];
}
