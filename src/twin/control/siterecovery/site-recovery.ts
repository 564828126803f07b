// Everything that a control plane keeps of Site Recovery.
import { resourceId } from '../../world/resource-ids.ts';
import type { World } from '../../world/world-schema.ts';
import { ReplicationJobs } from './replication-jobs.ts';
import { SiteRecords } from './site-records.ts';

export interface SiteRecovery {
  readonly records: SiteRecords;
  readonly jobs: ReplicationJobs;
  /** Recovery points that a failover reads: they are kept for so long. */
  readonly inUse: Set<string>;
}

export const makeSiteRecovery = (world: World): SiteRecovery => ({
  records: new SiteRecords(world, (name) => networkId(world, name)),
  jobs: new ReplicationJobs(),
  inUse: new Set(),
});

function networkId({ subscription, virtualNetworks }: World, name: string): string {
  const group = virtualNetworks.find((network) => network.name === name)?.group ?? '';
  return resourceId(subscription, 'Microsoft.Network/virtualNetworks', { name, group });
}
