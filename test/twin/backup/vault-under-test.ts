// A control plane with one vault that protects one machine, over a data plane without processes.
import type { World } from '../../../src/twin/world/world-schema.ts';
import { type PlaneUnderTest, planeUnderTest } from '../control/plane-under-test.ts';

export const GROUP = 'rg-orders-weu';
export const VAULT = 'orders-vault';
const ENTITY = `iaasvmcontainerv2;${GROUP};archive-weu`;
/** What the operations of the SDK take, in their order. */
export const ITEM = [VAULT, GROUP, 'Azure', `IaasVMContainer;${ENTITY}`, `VM;${ENTITY}`] as const;
const HOUR_MS = 3600_000;

export const vaultWorld = (every = HOUR_MS): Partial<World> => ({
  machines: [{ name: 'archive-weu', group: GROUP, region: 'westeurope' }],
  virtualNetworks: [{ name: 'isolated', group: GROUP, region: 'westeurope', subnets: [{ name: 'drill' }] }],
  storageAccounts: [{ name: 'ordersstaging', group: GROUP, region: 'westeurope', lag: 0 }],
  recoveryVaults: [
    {
      name: VAULT,
      group: GROUP,
      region: 'westeurope',
      policy: 'DefaultPolicy',
      protects: [{ machine: 'archive-weu', every, consistency: 'application', keep: 3 }],
    },
  ],
  operations: {
    'POST Microsoft.RecoveryServices/vaults/backup': 600,
    'POST Microsoft.RecoveryServices/vaults/restore': 1200,
  },
});

export const vaultUnderTest = (changes: Partial<World> = {}): Promise<PlaneUnderTest> =>
  planeUnderTest({ ...vaultWorld(), ...changes });

const compute = (twin: PlaneUnderTest, name: string) =>
  `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.Compute/virtualMachines/${name}`;

/** The properties of a restore to another machine. */
export function restoreRequest(twin: PlaneUnderTest, recoveryPointId: string, changes: object = {}) {
  const group = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}`;
  const network = `${group}/providers/Microsoft.Network/virtualNetworks/isolated`;
  return {
    objectType: 'IaasVMRestoreRequest' as const,
    recoveryPointId,
    recoveryType: 'AlternateLocation',
    sourceResourceId: compute(twin, 'archive-weu'),
    targetVirtualMachineId: compute(twin, 'archive-restored'),
    targetResourceGroupId: group,
    storageAccountId: `${group}/providers/Microsoft.Storage/storageAccounts/ordersstaging`,
    virtualNetworkId: network,
    subnetId: `${network}/subnets/drill`,
    region: 'westeurope',
    createNewCloudService: false,
    originalStorageAccountOption: false,
    ...changes,
  };
}
