// A control plane with every service that is records only, and the unmodified clients of Azure aimed at it.
import { CosmosDBManagementClient } from '@azure/arm-cosmosdb';
import { EventHubManagementClient } from '@azure/arm-eventhub';
import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import { ServiceBusManagementClient } from '@azure/arm-servicebus';
import { SqlManagementClient } from '@azure/arm-sql';
import type { World } from '../../../src/twin/world/world-schema.ts';
import { planeUnderTest } from './plane-under-test.ts';

const FAST_MS = 400;
const LOOK_MS = 2500;
const SQL = 'Microsoft.Sql/servers';
const ALIASES = 'namespaces/disasterRecoveryConfigs';

const services = {
  sqlServers: [
    {
      name: 'orders-sql-weu',
      group: 'rg-orders-weu',
      region: 'westeurope',
      databases: [{ name: 'orders' }, { name: 'stock' }, { name: 'ledger', copy: 'orders-sql-neu' }],
    },
    { name: 'orders-sql-neu', group: 'rg-orders-neu', region: 'northeurope', databases: [] },
  ],
  sqlFailoverGroups: [
    {
      name: 'orders-fg',
      primary: 'orders-sql-weu',
      secondary: 'orders-sql-neu',
      databases: ['orders', 'stock'],
      policy: 'Manual' as const,
    },
  ],
  serviceBusNamespaces: pair('sb'),
  eventHubNamespaces: pair('eh'),
  cosmosAccounts: [{ name: 'orders-cosmos', group: 'rg-orders-weu', regions: ['westeurope', 'northeurope'] }],
  keyVaults: [{ name: 'orders-kv', group: 'rg-orders-weu', region: 'westeurope', secrets: ['db-password'] }],
  operations: Object.fromEntries(
    [
      ...['failover', 'forceFailoverAllowDataLoss', 'tryPlannedBeforeForcedFailover'].map(
        (way) => `POST ${SQL}/failoverGroups/${way}`,
      ),
      ...['failover', 'forceFailoverAllowDataLoss'].map((way) => `POST ${SQL}/databases/replicationLinks/${way}`),
      ...['PUT', 'DELETE'].map((verb) => `${verb} ${SQL}/databases`),
      ...['PATCH', 'DELETE'].map((verb) => `${verb} ${SQL}/failoverGroups`),
      ...['ServiceBus', 'EventHub'].flatMap((provider) => [
        `PUT Microsoft.${provider}/${ALIASES}`,
        `POST Microsoft.${provider}/${ALIASES}/failover`,
        `POST Microsoft.${provider}/${ALIASES}/breakPairing`,
      ]),
      ...['failoverPriorityChange', 'offlineRegion', 'onlineRegion'].map(
        (action) => `POST Microsoft.DocumentDB/databaseAccounts/${action}`,
      ),
    ].map((operation) => [operation, FAST_MS]),
  ),
};

export async function servicesUnderTest(changes: Partial<World> = {}) {
  const twin = await planeUnderTest({ ...services, ...changes });
  const { credential, options, world } = twin;
  return {
    ...twin,
    sql: new SqlManagementClient(credential, world.subscription, options),
    serviceBus: new ServiceBusManagementClient(credential, world.subscription, options),
    eventHubs: new EventHubManagementClient(credential, world.subscription, options),
    cosmos: new CosmosDBManagementClient(credential, world.subscription, options),
    keyVault: new KeyVaultManagementClient(credential, world.subscription, options),
    journal: async (): Promise<
      readonly { operation: string; status: string; resource: string; recordedMs: number }[]
    > => (await twin.send('GET', '/twin/operations')).body,
    outage: (region: string) => twin.send('POST', '/twin/faults', { fault: 'region-outage', region }),
    /** The next operation that matches takes long enough to be looked at. */
    slow: (match: string) =>
      twin.send('POST', '/twin/faults', { fault: 'slow-operation', match, times: 1, addMs: LOOK_MS }),
    fault: (fault: object) => twin.send('POST', '/twin/faults', fault),
  };
}

export type ServicesUnderTest = Awaited<ReturnType<typeof servicesUnderTest>>;

function pair(kind: string) {
  const [weu, neu] = [`orders-${kind}-weu`, `orders-${kind}-neu`];
  return [
    { name: weu, group: 'rg-orders-weu', region: 'westeurope', alias: { name: `orders-${kind}`, secondary: neu } },
    { name: neu, group: 'rg-orders-neu', region: 'northeurope' },
  ];
}
