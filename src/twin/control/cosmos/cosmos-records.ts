// Cosmos DB accounts as the control plane knows them. No data lies behind them.
import type { WorldCosmosAccount } from '../../world/cosmos-schema.ts';

export interface CosmosAccount {
  readonly name: string;
  readonly group: string;
  readonly createdAt: number;
  readonly instanceId: string;
  /** In the order of their failover priority. */
  regions: readonly string[];
  /** Regions that were taken offline. */
  offline: readonly string[];
  /** An operation is at work on it. */
  state: 'Succeeded' | 'Updating';
}

export const newCosmosAccount = (
  { name, group, regions }: WorldCosmosAccount,
  createdAt: number,
  instanceId: string,
): CosmosAccount => ({ name, group, createdAt, instanceId, regions, offline: [], state: 'Succeeded' });

/** The region that takes writes: the first one that is online. */
export const writeRegion = ({ regions, offline }: CosmosAccount): string | undefined =>
  regions.find((region) => !offline.includes(region));
