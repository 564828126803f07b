import * as z from 'zod';
import { parseResourceId, sameResource } from '../model/resource-id.ts';

export const SERVER_TYPE = 'Microsoft.DBforPostgreSQL/flexibleServers';
export const PROFILE_TYPE = 'Microsoft.Network/trafficManagerProfiles';
export const STORAGE_TYPE = 'Microsoft.Storage/storageAccounts';
export const DNS_ZONE_TYPE = 'Microsoft.Network/dnsZones';

export const MACHINE_TYPE = 'Microsoft.Compute/virtualMachines';
export const DISK_TYPE = 'Microsoft.Compute/disks';
export const NIC_TYPE = 'Microsoft.Network/networkInterfaces';
export const NETWORK_TYPE = 'Microsoft.Network/virtualNetworks';
export const SUBNET_TYPE = 'Microsoft.Network/virtualNetworks/subnets';
export const VAULT_TYPE = 'Microsoft.RecoveryServices/vaults';

export const SECURITY_GROUP_TYPE = 'Microsoft.Network/networkSecurityGroups';

/** A full ARM id of one resource type, as an input of an action. */
export const resourceInput = (type: string) =>
  z
    .string()
    .refine((text) => sameResource(parseResourceId(text)?.type ?? '', type), `expected the full ARM id of a ${type}`)
    .describe(`Full ARM id of a ${type}`);
