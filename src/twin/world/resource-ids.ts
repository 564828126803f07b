// Full ARM ids of what a world holds.
import { formatResourceId } from '../../model/resource-id.ts';

export const SERVER_TYPE = 'Microsoft.DBforPostgreSQL/flexibleServers';
export const PROFILE_TYPE = 'Microsoft.Network/trafficManagerProfiles';
export const STORAGE_TYPE = 'Microsoft.Storage/storageAccounts';
export const VAULT_TYPE = 'Microsoft.RecoveryServices/vaults';
export const SUBNET_TYPE = 'Microsoft.Network/virtualNetworks/subnets';
export const DNS_ZONE_TYPE = 'Microsoft.Network/dnsZones';
export const SHOP_TYPE = 'Microsoft.Web/sites';
export const SQL_SERVER_TYPE = 'Microsoft.Sql/servers';
export const SERVICE_BUS_TYPE = 'Microsoft.ServiceBus/namespaces';
export const EVENT_HUB_TYPE = 'Microsoft.EventHub/namespaces';
export const COSMOS_TYPE = 'Microsoft.DocumentDB/databaseAccounts';
export const KEY_VAULT_TYPE = 'Microsoft.KeyVault/vaults';

export const MACHINE_TYPE = 'Microsoft.Compute/virtualMachines';
export const DISK_TYPE = 'Microsoft.Compute/disks';
export const NIC_TYPE = 'Microsoft.Network/networkInterfaces';
export const NETWORK_TYPE = 'Microsoft.Network/virtualNetworks';
export const SECURITY_GROUP_TYPE = 'Microsoft.Network/networkSecurityGroups';

interface Named {
  readonly name: string;
  readonly group: string;
}

export const resourceId = (subscription: string, type: string, { group, name }: Named): string =>
  formatResourceId({ subscription, group, type, name });

/** The public host name of a flexible server. */
export const serverHost = (name: string): string => `${name}.postgres.database.azure.com`;
/** The public host name of an account's blobs. */
export const blobHost = (name: string): string => `${name}.blob.core.windows.net`;
export const shopHost = (name: string): string => `${name}.azurewebsites.net`;
/** The public host name of a virtual machine. */
export const machineHost = ({ name, region }: { readonly name: string; readonly region: string }): string =>
  `${name}.${region}.cloudapp.azure.com`;
