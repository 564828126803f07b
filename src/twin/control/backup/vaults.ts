// Everything that a control plane keeps of its vaults.
import type { World } from '../../world/world-schema.ts';
import { BackupJobs } from './backup-jobs.ts';
import { ReadLimits } from './read-limits.ts';
import { VaultRecords } from './vault-records.ts';

export interface Vaults {
  readonly records: VaultRecords;
  readonly jobs: BackupJobs;
  readonly limits: ReadLimits;
  /** Recovery points that are being restored: they are kept for so long. */
  readonly inUse: Set<{ readonly id: string }>;
}

export const makeVaults = (world: World, endpoint: () => string): Vaults => ({
  records: new VaultRecords(world, Date.now()),
  jobs: new BackupJobs(endpoint),
  limits: new ReadLimits(),
  inUse: new Set(),
});
