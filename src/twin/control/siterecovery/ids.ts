// How Site Recovery names what it holds: a fabric and a container for each region, as Azure's portal names them.
import { resourceId } from '../../world/resource-ids.ts';

const VAULT = 'Microsoft.RecoveryServices/vaults';
export const FABRIC_TYPE = `${VAULT}/replicationFabrics`;
export const CONTAINER_TYPE = `${FABRIC_TYPE}/replicationProtectionContainers`;
export const ITEM_TYPE = `${CONTAINER_TYPE}/replicationProtectedItems`;
export const POINT_TYPE = `${ITEM_TYPE}/recoveryPoints`;
export const PLAN_TYPE = `${VAULT}/replicationRecoveryPlans`;
export const JOB_TYPE = `${VAULT}/replicationJobs`;

export interface VaultPlace {
  readonly vault: string;
  readonly group: string;
}

export const fabricName = (region: string): string => `asr-a2a-default-${region}`;
export const containerName = (region: string): string => `${fabricName(region)}-container`;

export interface Ids {
  readonly vault: string;
  readonly fabric: (region: string) => string;
  readonly container: (region: string) => string;
  readonly item: (item: { readonly name: string; readonly from: { readonly region: string } }) => string;
  readonly plan: (name: string) => string;
  readonly job: (name: string) => string;
}

/** The full ARM ids of a vault's parts. */
export function idsOf(subscription: string, { vault, group }: VaultPlace): Ids {
  const base = resourceId(subscription, VAULT, { name: vault, group });
  const fabric = (region: string) => `${base}/replicationFabrics/${fabricName(region)}`;
  const container = (region: string) => `${fabric(region)}/replicationProtectionContainers/${containerName(region)}`;
  return {
    vault: base,
    fabric,
    container,
    item: ({ name, from }) => `${container(from.region)}/replicationProtectedItems/${name}`,
    plan: (name) => `${base}/replicationRecoveryPlans/${name}`,
    job: (name) => `${base}/replicationJobs/${name}`,
  };
}
