// A Cosmos DB account as Microsoft.DocumentDB shows it.
import { COSMOS_TYPE, resourceId } from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';
import { regionDisplayName } from '../region-display-name.ts';
import { type CosmosAccount, writeRegion } from './cosmos-records.ts';

export function cosmosBody(account: CosmosAccount, cloud: Cloud): object {
  const { name, regions, offline, createdAt, instanceId, state } = account;
  const endpoint = `https://${name}.documents.azure.com:443/`;
  const locations = regions.map((region, priority) => locationBody(account, region, priority));
  const writer = writeRegion(account);
  return {
    id: resourceId(cloud.world.subscription, COSMOS_TYPE, account),
    name,
    type: COSMOS_TYPE,
    location: regionDisplayName(regions[0] ?? ''),
    kind: 'GlobalDocumentDB',
    tags: {},
    systemData: { createdAt: new Date(createdAt).toISOString() },
    identity: { type: 'None' },
    properties: {
      provisioningState: state,
      documentEndpoint: endpoint,
      publicNetworkAccess: 'Enabled',
      enableAutomaticFailover: false,
      enableMultipleWriteLocations: false,
      isVirtualNetworkFilterEnabled: false,
      virtualNetworkRules: [],
      disableKeyBasedMetadataWriteAccess: false,
      enableFreeTier: false,
      enableAnalyticalStorage: false,
      instanceId,
      databaseAccountOfferType: 'Standard',
      defaultIdentity: 'FirstPartyIdentity',
      networkAclBypass: 'None',
      disableLocalAuth: false,
      minimalTlsVersion: 'Tls12',
      consistencyPolicy: { defaultConsistencyLevel: 'Session', maxIntervalInSeconds: 5, maxStalenessPrefix: 100 },
      writeLocations: locations.filter((_, at) => regions[at] === writer),
      readLocations: locations.filter((_, at) => !offline.includes(regions[at] ?? '')),
      locations,
      failoverPolicies: regions.map((region, failoverPriority) => ({
        id: `${name}-${region}`,
        locationName: regionDisplayName(region),
        failoverPriority,
      })),
      cors: [],
      capabilities: [],
      ipRules: [],
      backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous30Days' } },
      networkAclBypassResourceIds: [],
      capacity: { totalThroughputLimit: -1 },
    },
  };
}

const locationBody = ({ name, offline }: CosmosAccount, region: string, failoverPriority: number) => ({
  id: `${name}-${region}`,
  locationName: regionDisplayName(region),
  documentEndpoint: `https://${name}-${region}.documents.azure.com:443/`,
  provisioningState: offline.includes(region) ? 'Offline' : 'Succeeded',
  failoverPriority,
  isZoneRedundant: false,
});
