// Vaults, policies, protected items and recovery points as Microsoft.RecoveryServices shows them.
import { VAULT_TYPE } from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';
import {
  entityName,
  type ItemRecord,
  itemId,
  machineIdOf,
  type PointRecord,
  type VaultRecord,
  vaultId,
} from './vault-records.ts';

const NEVER_BACKED_UP = '2001-01-01T00:00:00Z';
const RETAINED_DAYS = 30;
const ITEM_TYPE = `${VAULT_TYPE}/backupFabrics/protectionContainers/protectedItems`;

const iso = (at: number): string => new Date(at).toISOString();

export const vaultBody = ({ world }: Cloud, vault: VaultRecord): object => ({
  id: vaultId(world.subscription, vault),
  name: vault.name,
  type: VAULT_TYPE,
  etag: `W/"datetime'${encodeURIComponent(iso(vault.createdAt))}'"`,
  location: vault.region,
  tags: {},
  sku: { name: 'RS0', tier: 'Standard' },
  properties: {
    provisioningState: 'Succeeded',
    privateEndpointStateForBackup: 'None',
    privateEndpointStateForSiteRecovery: 'None',
    publicNetworkAccess: 'Enabled',
  },
});

/** What the vault holds against its limits. */
export const usageBodies = ({ items }: VaultRecord): readonly object[] => [
  {
    unit: 'Count',
    currentValue: items.length,
    limit: -1,
    name: { value: 'ProtectedItemsCount', localizedValue: 'Protected Items Count' },
  },
];

/** The times and the retention are declared: what is taken and kept is what the world says. */
export function policyBody({ world }: Cloud, vault: VaultRecord): object {
  const runTimes = [iso(vault.createdAt)];
  return {
    id: `${vaultId(world.subscription, vault)}/backupPolicies/${vault.policy}`,
    name: vault.policy,
    type: `${VAULT_TYPE}/backupPolicies`,
    properties: {
      backupManagementType: 'AzureIaasVM',
      protectedItemsCount: vault.items.length,
      timeZone: 'UTC',
      instantRpRetentionRangeInDays: 2,
      instantRPDetails: {},
      schedulePolicy: {
        schedulePolicyType: 'SimpleSchedulePolicy',
        scheduleRunFrequency: 'Daily',
        scheduleRunTimes: runTimes,
        scheduleWeeklyFrequency: 0,
      },
      retentionPolicy: {
        retentionPolicyType: 'LongTermRetentionPolicy',
        dailySchedule: {
          retentionTimes: runTimes,
          retentionDuration: { count: RETAINED_DAYS, durationType: 'Days' },
        },
      },
    },
  };
}

export function itemBody({ world }: Cloud, vault: VaultRecord, item: ItemRecord): object {
  const machineId = machineIdOf(world.subscription, item);
  const newest = item.points.at(-1);
  return {
    id: itemId(world.subscription, vault, item),
    name: `VM;${entityName(item)}`,
    type: ITEM_TYPE,
    properties: {
      protectedItemType: 'Microsoft.Compute/virtualMachines',
      backupManagementType: 'AzureIaasVM',
      workloadType: 'VM',
      friendlyName: item.machine,
      containerName: entityName(item),
      virtualMachineId: machineId,
      sourceResourceId: machineId,
      policyId: `${vaultId(world.subscription, vault)}/backupPolicies/${vault.policy}`,
      policyName: vault.policy,
      protectionStatus: item.last?.status === 'Failed' ? 'Unhealthy' : 'Healthy',
      protectionState: newest === undefined ? 'IRPending' : 'Protected',
      healthStatus: item.last?.status === 'Failed' ? 'ActionRequired' : 'Passed',
      lastBackupStatus: item.last?.status ?? '',
      lastBackupTime: item.last === undefined ? NEVER_BACKED_UP : iso(item.last.at),
      ...(newest === undefined ? {} : { lastRecoveryPoint: iso(newest.takenAt) }),
      isArchiveEnabled: false,
    },
  };
}

export const pointBody = (
  { world }: Cloud,
  vault: VaultRecord,
  item: ItemRecord,
  { id, takenAt, consistency }: PointRecord,
): object => ({
  id: `${itemId(world.subscription, vault, item)}/recoveryPoints/${id}`,
  name: id,
  type: `${ITEM_TYPE}/recoveryPoints`,
  properties: {
    objectType: 'IaasVMRecoveryPoint',
    recoveryPointType: consistency === 'application' ? 'AppConsistent' : 'CrashConsistent',
    recoveryPointTime: iso(takenAt),
    recoveryPointAdditionalInfo: '',
    sourceVMStorageType: 'NormalStorage',
    isSourceVMEncrypted: false,
    isInstantIlrSessionActive: false,
    isManagedVirtualMachine: true,
    originalStorageAccountOption: false,
    osType: 'Linux',
    recoveryPointTierDetails: [
      { type: 'InstantRP', status: 'Valid' },
      { type: 'HardenedRP', status: 'Valid' },
    ],
  },
});
