// Services that are records with declared behaviour: SQL, Service Bus, Event Hubs, Cosmos DB, Key Vault.
import { randomBytes, randomUUID } from 'node:crypto';
import {
  COSMOS_TYPE,
  EVENT_HUB_TYPE,
  KEY_VAULT_TYPE,
  resourceId,
  SERVICE_BUS_TYPE,
  SQL_SERVER_TYPE,
} from '../world/resource-ids.ts';
import type { World } from '../world/world-schema.ts';
import type { Cloud } from './cloud.ts';
import { type CosmosAccount, newCosmosAccount } from './cosmos/cosmos-records.ts';
import { cosmosRoutes } from './cosmos/routes.ts';
import type { KeyVault } from './keyvault/key-vault-body.ts';
import { keyVaultRoutes } from './keyvault/routes.ts';
import { MessagingRecords, type MessagingService } from './messaging/messaging-records.ts';
import { messagingRoutes } from './messaging/routes.ts';
import { NamedRecords, sameName } from './named-records.ts';
import type { Route } from './route.ts';
import { EVENT_HUB_VERSIONS, SERVICE_BUS_VERSIONS } from './service-versions.ts';
import { sqlRoutes } from './sql/routes.ts';
import { SqlRecords } from './sql/sql-records.ts';

export interface Services {
  readonly sql: SqlRecords;
  readonly messaging: readonly MessagingRecords[];
  readonly cosmos: NamedRecords<CosmosAccount>;
  readonly keyVaults: NamedRecords<KeyVault>;
}

const SECRET_VERSION_BYTES = 16;
const SERVICE_BUS: MessagingService = {
  type: SERVICE_BUS_TYPE,
  provider: 'Microsoft.ServiceBus',
  apiVersions: SERVICE_BUS_VERSIONS,
  sku: { name: 'Premium', tier: 'Premium', capacity: 1 },
};
const EVENT_HUBS: MessagingService = {
  type: EVENT_HUB_TYPE,
  provider: 'Microsoft.EventHub',
  apiVersions: EVENT_HUB_VERSIONS,
  sku: { name: 'Standard', tier: 'Standard', capacity: 1 },
};

export const makeServices = (world: World, createdAt: number): Services => ({
  sql: new SqlRecords(world, createdAt),
  messaging: [
    new MessagingRecords(SERVICE_BUS, world.serviceBusNamespaces, createdAt),
    new MessagingRecords(EVENT_HUBS, world.eventHubNamespaces, createdAt),
  ],
  cosmos: new NamedRecords(
    COSMOS_TYPE,
    world.cosmosAccounts.map((account) => newCosmosAccount(account, createdAt, randomUUID())),
  ),
  keyVaults: new NamedRecords(
    KEY_VAULT_TYPE,
    world.keyVaults.map(({ secrets, ...vault }) => ({
      ...vault,
      createdAt,
      secrets: secrets.map((name) => ({ name, version: randomBytes(SECRET_VERSION_BYTES).toString('hex') })),
    })),
  ),
});

export const serviceRoutes = (cloud: Cloud): readonly Route[] => [
  ...sqlRoutes(cloud),
  ...cloud.services.messaging.flatMap((records) => messagingRoutes(cloud, records)),
  ...cosmosRoutes(cloud),
  ...keyVaultRoutes(cloud),
];

/** What the generic lists of resources show of them. Databases stand in it too, so that a forgotten restore is found. */
export function serviceResources({ services, world }: Cloud, group?: string) {
  const generic = (
    type: string,
    item: { readonly name: string; readonly group: string },
    location: string,
    provisioningState = 'Succeeded',
  ) => ({
    id: resourceId(world.subscription, type, item),
    name: item.name,
    type,
    location,
    provisioningState,
  });
  const all = [
    ...services.sql.servers.list().map((item) => ({ item, shown: generic(SQL_SERVER_TYPE, item, item.region) })),
    ...services.sql.servers.list().flatMap((server) =>
      server.databases.map(({ name, status }) => {
        const { id, location } = generic(SQL_SERVER_TYPE, server, server.region);
        const database = { id: `${id}/databases/${name}`, name: `${server.name}/${name}`, location };
        const provisioningState = status === 'Online' ? 'Succeeded' : 'Creating';
        return { item: server, shown: { ...database, type: `${SQL_SERVER_TYPE}/databases`, provisioningState } };
      }),
    ),
    ...services.messaging.flatMap(({ service, namespaces }) =>
      namespaces.list().map((item) => ({ item, shown: generic(service.type, item, item.region) })),
    ),
    ...services.cosmos
      .list()
      .map((item) => ({ item, shown: generic(COSMOS_TYPE, item, item.regions[0] ?? '', item.state) })),
    ...services.keyVaults.list().map((item) => ({ item, shown: generic(KEY_VAULT_TYPE, item, item.region) })),
  ];
  return all.filter(({ item }) => group === undefined || sameName(item.group, group)).map(({ shown }) => shown);
}
