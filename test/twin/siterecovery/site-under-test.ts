// A control plane with one vault that replicates two machines, over a data plane without processes.
import type { World } from '../../../src/twin/world/world-schema.ts';
import { type PlaneUnderTest, planeUnderTest } from '../control/plane-under-test.ts';

export const GROUP = 'rg-archive-weu';
export const AWAY = 'rg-archive-neu';
export const VAULT = 'archive-vault';
export const PLAN = 'archive-plan';
export const FABRIC = 'asr-a2a-default-westeurope';
export const CONTAINER = `${FABRIC}-container`;
/** What the operations of the SDK take, in their order. */
export const ITEM = [VAULT, GROUP, FABRIC, CONTAINER, 'archive-weu'] as const;
export const BASE = 'POST Microsoft.RecoveryServices/vaults';
const ITEMS = `${BASE}/replicationFabrics/replicationProtectionContainers`;
const HOUR_MS = 3600_000;

const place = (name: string) => ({ name, group: GROUP, region: 'westeurope' });
const replicated = (machine: string) => ({
  machine,
  to: 'northeurope',
  group: AWAY,
  network: 'archive-net-neu',
  every: HOUR_MS,
  applicationEvery: HOUR_MS,
  keep: 3,
});

const quick = (ms: number) => ({
  [`${BASE}/replicationRecoveryPlans/testFailover`]: ms,
  [`${BASE}/replicationRecoveryPlans/testFailoverCleanup`]: ms,
  [`${BASE}/replicationRecoveryPlans/unplannedFailover`]: ms,
  [`${BASE}/replicationRecoveryPlans/failoverCommit`]: ms,
  [`${BASE}/replicationRecoveryPlans/reProtect`]: ms,
  [`${ITEMS}/replicationProtectedItems/testFailover`]: ms,
  [`${ITEMS}/replicationProtectedItems/testFailoverCleanup`]: ms,
  [`${ITEMS}/replicationProtectedItems/unplannedFailover`]: ms,
  [`${ITEMS}/replicationProtectedItems/failoverCommit`]: ms,
  [`${ITEMS}/switchprotection`]: ms,
});

const siteWorld = (ms = 300): Partial<World> => ({
  resourceGroups: [
    { name: GROUP, region: 'westeurope' },
    { name: AWAY, region: 'northeurope' },
  ],
  machines: [place('archive-weu'), place('index-weu')],
  virtualNetworks: [
    { name: 'archive-net-neu', group: AWAY, region: 'northeurope', subnets: [{ name: 'default' }] },
    { name: 'drill-net-neu', group: AWAY, region: 'northeurope', subnets: [{ name: 'isolated' }] },
  ],
  recoveryVaults: [{ name: VAULT, group: GROUP, region: 'northeurope', policy: 'DefaultPolicy', protects: [] }],
  siteRecovery: [
    {
      vault: VAULT,
      machines: [replicated('archive-weu'), replicated('index-weu')],
      plans: [{ name: PLAN, groups: [['archive-weu'], ['index-weu']] }],
    },
  ],
  operations: quick(ms),
});

export const siteUnderTest = (changes: Partial<World> = {}): Promise<PlaneUnderTest> =>
  planeUnderTest({ ...siteWorld(), ...changes });

export const network = ({ world }: Pick<PlaneUnderTest, 'world'>, name = 'drill-net-neu') =>
  `/subscriptions/${world.subscription}/resourceGroups/${AWAY}/providers/Microsoft.Network/virtualNetworks/${name}`;
