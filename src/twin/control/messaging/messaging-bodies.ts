// Namespaces and aliases as Microsoft.ServiceBus and Microsoft.EventHub show them.
import { resourceId } from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';
import { regionDisplayName } from '../region-display-name.ts';
import type { MessagingAlias, MessagingNamespace, MessagingService } from './messaging-records.ts';

export const namespaceId = ({ world }: Cloud, { type }: MessagingService, namespace: MessagingNamespace): string =>
  resourceId(world.subscription, type, namespace);

export const namespaceBody = (namespace: MessagingNamespace, service: MessagingService, cloud: Cloud): object => ({
  id: namespaceId(cloud, service, namespace),
  name: namespace.name,
  type: service.type,
  location: regionDisplayName(namespace.region),
  tags: {},
  sku: service.sku,
  properties: {
    provisioningState: 'Succeeded',
    status: 'Active',
    createdAt: new Date(namespace.createdAt).toISOString(),
    updatedAt: new Date(namespace.createdAt).toISOString(),
    serviceBusEndpoint: `https://${namespace.name}.servicebus.windows.net:443/`,
    metricId: `${cloud.world.subscription}:${namespace.name}`,
    disableLocalAuth: false,
    zoneRedundant: false,
  },
});

/** As one of its namespaces sees it. */
export function aliasBody(
  alias: MessagingAlias,
  namespace: MessagingNamespace,
  service: MessagingService,
  cloud: Cloud,
): object {
  const partner = namespace === alias.primary ? alias.secondary : alias.primary;
  return {
    id: aliasId(cloud, service, namespace, alias.name),
    name: alias.name,
    type: `${service.type}/disasterRecoveryConfigs`,
    properties: {
      provisioningState: alias.state,
      partnerNamespace: partner === undefined ? '' : namespaceId(cloud, service, partner),
      role: roleOf(alias, namespace),
      pendingReplicationOperationsCount: 0,
    },
  };
}

export const aliasId = (cloud: Cloud, service: MessagingService, namespace: MessagingNamespace, name: string): string =>
  `${namespaceId(cloud, service, namespace)}/disasterRecoveryConfigs/${name}`;

function roleOf({ primary, secondary }: MessagingAlias, namespace: MessagingNamespace): string {
  if (namespace !== primary) return 'Secondary';
  return secondary === undefined ? 'PrimaryNotReplicating' : 'Primary';
}
