import type { World } from '../world/world-schema.ts';
import type { Vaults } from './backup/vaults.ts';
import type { MachineRecords } from './compute/machine-records.ts';
import type { Corruptions } from './corruption/corruptions.ts';
import type { DataPlane } from './data-plane.ts';
import type { DnsZones } from './dns/dns-zones.ts';
import type { FaultRules } from './fault-rules.ts';
import type { Faults } from './faults.ts';
import type { ActivityLog } from './governance/activity-log.ts';
import type { Locks } from './governance/locks.ts';
import type { InterfaceRecords } from './network/interface-records.ts';
import type { NetworkRecords } from './network/network-records.ts';
import type { Operations } from './operations.ts';
import type { RequestLog } from './request-log.ts';
import type { ResourceGroups } from './resource-groups.ts';
import type { ServerRecords } from './server-records.ts';
import type { Services } from './services.ts';
import type { SiteRecovery } from './siterecovery/site-recovery.ts';
import type { StorageRecords } from './storage-records.ts';
import type { TrafficProfiles } from './traffic-profiles.ts';

/** Everything that the routes of a control plane share. */
export interface Cloud {
  readonly world: World;
  readonly plane: DataPlane;
  readonly endpoint: () => string;
  readonly groups: ResourceGroups;
  readonly servers: ServerRecords;
  readonly accounts: StorageRecords;
  readonly vaults: Vaults;
  readonly siteRecovery: SiteRecovery;
  readonly machines: MachineRecords;
  readonly networks: NetworkRecords;
  readonly interfaces: InterfaceRecords;
  readonly profiles: TrafficProfiles;
  readonly zones: DnsZones;
  /** Where the name server answers: `127.0.0.1:40123`. */
  readonly nameServer: () => string;
  /** Services that are records with declared behaviour. */
  readonly services: Services;
  readonly operations: Operations;
  readonly locks: Locks;
  readonly activity: ActivityLog;
  readonly rules: FaultRules;
  readonly faults: Faults;
  readonly corruptions: Corruptions;
  readonly log: RequestLog;
  /** Fires when the control plane closes. */
  readonly signal: AbortSignal;
}
