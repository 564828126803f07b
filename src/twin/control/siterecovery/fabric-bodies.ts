// Fabrics, containers and the health of a vault, as Site Recovery shows them.
import { CONTAINER_TYPE, containerName, FABRIC_TYPE, fabricName, idsOf, type VaultPlace } from './ids.ts';
import type { ProtectedItem } from './site-records.ts';

export function fabricBody(place: VaultPlace, region: string, subscription: string): object {
  const ids = idsOf(subscription, place);
  return {
    id: ids.fabric(region),
    name: fabricName(region),
    type: FABRIC_TYPE,
    properties: {
      friendlyName: fabricName(region),
      internalIdentifier: fabricName(region),
      bcdrState: 'Valid',
      customDetails: { instanceType: 'Azure', location: region, containerIds: [ids.container(region)] },
      healthErrorDetails: [],
      health: 'Normal',
    },
  };
}

interface Container {
  readonly place: VaultPlace;
  readonly region: string;
  readonly items: readonly ProtectedItem[];
}

export function containerBody({ place, region, items }: Container, subscription: string): object {
  const count = items.filter(({ from }) => from.region === region).length;
  return {
    id: idsOf(subscription, place).container(region),
    name: containerName(region),
    type: CONTAINER_TYPE,
    properties: {
      fabricFriendlyName: fabricName(region),
      friendlyName: containerName(region),
      fabricType: 'Azure',
      protectedItemCount: count,
      pairingStatus: 'Paired',
      role: count > 0 ? 'Primary' : 'Recovery',
    },
  };
}

interface Counts {
  readonly items: number;
  readonly fabrics: number;
}

export const healthBody = (place: VaultPlace, { items, fabrics }: Counts, subscription: string): object => ({
  id: `${idsOf(subscription, place).vault}/replicationVaultHealth/Default`,
  name: 'Default',
  type: 'Microsoft.RecoveryServices/vaults/replicationVaultHealth',
  properties: {
    vaultErrors: [],
    protectedItemsHealth: { resourceCount: items, issues: [] },
    fabricsHealth: { resourceCount: fabrics, issues: [] },
    containersHealth: { resourceCount: fabrics, issues: [] },
  },
});
