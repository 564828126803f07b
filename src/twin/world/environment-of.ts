import type { Environment } from '../../model/environment.ts';
import { MACHINE_TYPE, resourceId, SERVER_TYPE, SHOP_TYPE, STORAGE_TYPE, VAULT_TYPE } from './resource-ids.ts';
import { servicePlaces } from './service-places.ts';
import type { World } from './world-schema.ts';

/** The environment of a world, known before anything of it is started. */
export function environmentOf(world: World): Environment {
  const { name, tenant, subscription, values } = world;
  return { kind: 'twin', name, tenant, subscription, values, resources: resourcesOf(world) };
}

/** A Traffic Manager profile lies in no region. */
function resourcesOf(world: World): Environment['resources'] {
  const { subscription, postgresServers, shops, storageAccounts, machines, recoveryVaults } = world;
  return [
    ...postgresServers.map((server) => ({ id: resourceId(subscription, SERVER_TYPE, server), region: server.region })),
    ...shops.map((shop) => ({ id: resourceId(subscription, SHOP_TYPE, shop), region: shop.region })),
    ...machines.map((machine) => ({ id: resourceId(subscription, MACHINE_TYPE, machine), region: machine.region })),
    ...recoveryVaults.map((vault) => ({ id: resourceId(subscription, VAULT_TYPE, vault), region: vault.region })),
    // An account lies in both of its regions.
    ...storageAccounts.flatMap((account) =>
      [account.region, account.secondary]
        .filter((region) => region !== undefined)
        .map((region) => ({ id: resourceId(subscription, STORAGE_TYPE, account), region })),
    ),
    ...servicePlaces(world),
  ];
}
