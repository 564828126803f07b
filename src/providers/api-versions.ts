// The api-version in which a resource type is asked when a drill does not say: one that is known to answer.
import { GROUP_TYPE, parseResourceId, sameResource } from '../model/resource-id.ts';
import { VAULT_API_VERSION } from './azure/backup/recovery-vault.ts';
import { DNS_API_VERSION } from './azure/dns-record-set.ts';
import { serverTarget } from './azure/flexible-server.ts';
import { GROUP_API_VERSION } from './azure/resource-group.ts';
import { SITE_API_VERSION } from './azure/siterecovery/protected-items.ts';
import { TRAFFIC_API_VERSION } from './azure/trafficmanager-endpoint.ts';
import { DNS_ZONE_TYPE, PROFILE_TYPE, SERVER_TYPE, VAULT_TYPE } from './resource-input.ts';

/** Of each type and everything below it; the longest that fits counts. */
const VERSIONS: Readonly<Record<string, string>> = {
  [GROUP_TYPE]: GROUP_API_VERSION,
  [SERVER_TYPE]: serverTarget('').apiVersion ?? '',
  [PROFILE_TYPE]: TRAFFIC_API_VERSION,
  'Microsoft.Compute/virtualMachines': '2024-03-01',
  'Microsoft.Compute/disks': '2023-10-02',
  'Microsoft.DocumentDB/databaseAccounts': '2024-05-15',
  'Microsoft.EventHub/namespaces': '2024-01-01',
  'Microsoft.KeyVault/vaults': '2023-07-01',
  [DNS_ZONE_TYPE]: DNS_API_VERSION,
  'Microsoft.Network/networkInterfaces': '2024-01-01',
  'Microsoft.Network/networkSecurityGroups': '2024-01-01',
  'Microsoft.Network/virtualNetworks': '2024-01-01',
  'Microsoft.RecoveryServices/vaults/replicationFabrics': SITE_API_VERSION,
  'Microsoft.RecoveryServices/vaults/replicationJobs': SITE_API_VERSION,
  'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans': SITE_API_VERSION,
  [VAULT_TYPE]: VAULT_API_VERSION,
  'Microsoft.ServiceBus/namespaces': '2021-11-01',
  'Microsoft.Sql/servers': '2021-11-01',
  'Microsoft.Storage/storageAccounts': '2023-05-01',
};

/** Undefined for a type that is not known here. */
export function knownApiVersion(resource: string): string | undefined {
  const segments = (parseResourceId(resource)?.type ?? '').split('/');
  for (let length = segments.length; length >= 2; length--) {
    const type = segments.slice(0, length).join('/');
    const found = Object.entries(VERSIONS).find(([known]) => sameResource(known, type));
    if (found !== undefined) return found[1];
  }
  return undefined;
}
