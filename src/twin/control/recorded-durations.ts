// How long operations took in recorded public azure-cli test sessions against Azure (2022 to 2024). Facts, in seconds.
import { SERVICE_DURATIONS } from './service-durations.ts';

export interface RecordedDuration {
  readonly operation: string;
  readonly minimumSeconds: number;
  readonly medianSeconds: number;
  readonly maximumSeconds: number;
  /** Operations seen. */
  readonly seen: number;
}

/** Promotions were recorded with an older api-version than the one served here. A restart of a flexible server was not recorded. */
export const RECORDED_DURATIONS: readonly RecordedDuration[] = [
  {
    operation: 'PATCH Microsoft.DBforPostgreSQL/flexibleServers',
    minimumSeconds: 15,
    medianSeconds: 23.5,
    maximumSeconds: 148,
    seen: 4,
  },
  {
    operation: 'PUT Microsoft.DBforPostgreSQL/flexibleServers',
    minimumSeconds: 184,
    medianSeconds: 423,
    maximumSeconds: 1026,
    seen: 26,
  },
  {
    operation: 'DELETE Microsoft.DBforPostgreSQL/flexibleServers',
    minimumSeconds: 31,
    medianSeconds: 80,
    maximumSeconds: 98,
    seen: 22,
  },
  // Jobs of Azure Backup, by their own start and end: first full backups, and restores of 127 GB.
  {
    operation: 'POST Microsoft.RecoveryServices/vaults/backup',
    minimumSeconds: 2471,
    medianSeconds: 2475,
    maximumSeconds: 2480,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.RecoveryServices/vaults/restore',
    minimumSeconds: 66,
    medianSeconds: 146,
    maximumSeconds: 1839,
    seen: 5,
  },
  // Site Recovery between Azure regions (A2A). Test failovers and recovery plans were not recorded.
  {
    operation:
      'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/unplannedFailover',
    minimumSeconds: 153,
    medianSeconds: 154,
    maximumSeconds: 184,
    seen: 4,
  },
  {
    operation:
      'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/failoverCommit',
    minimumSeconds: 31,
    medianSeconds: 46,
    maximumSeconds: 61,
    seen: 2,
  },
  {
    operation:
      'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/switchprotection',
    minimumSeconds: 429,
    medianSeconds: 477.5,
    maximumSeconds: 526,
    seen: 2,
  },
  {
    operation: 'DELETE Microsoft.Resources/resourceGroups',
    minimumSeconds: 78,
    medianSeconds: 139,
    maximumSeconds: 185,
    seen: 3,
  },
  ...SERVICE_DURATIONS,
  {
    operation: 'POST Microsoft.Compute/virtualMachines/start',
    minimumSeconds: 11,
    medianSeconds: 11,
    maximumSeconds: 11,
    seen: 1,
  },
  {
    operation: 'POST Microsoft.Compute/virtualMachines/powerOff',
    minimumSeconds: 31,
    medianSeconds: 31.5,
    maximumSeconds: 32,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.Compute/virtualMachines/deallocate',
    minimumSeconds: 31,
    medianSeconds: 31,
    maximumSeconds: 31,
    seen: 1,
  },
  {
    operation: 'DELETE Microsoft.Compute/virtualMachines',
    minimumSeconds: 31,
    medianSeconds: 31,
    maximumSeconds: 31,
    seen: 1,
  },
  {
    operation: 'PUT Microsoft.Network/networkSecurityGroups/securityRules',
    minimumSeconds: 1,
    medianSeconds: 10,
    maximumSeconds: 11,
    seen: 9,
  },
  {
    operation: 'DELETE Microsoft.Network/networkSecurityGroups/securityRules',
    minimumSeconds: 10,
    medianSeconds: 10,
    maximumSeconds: 10,
    seen: 2,
  },
];
