// What the tests of the region failover drill share: its changes, and the invoices of its shop.
import { join } from 'node:path';
import { openContainer } from '../../src/providers/blob/blob-service.ts';
import { openWorld } from '../../src/providers/world.ts';
import { connectionOf, type findTwin } from '../../src/twin/index.ts';
import { loadWorld } from '../../src/twin/world/load-world.ts';
import type { Changes, TestWorkspace } from './workspace.ts';

export const OPERATION = 'PATCH Microsoft.DBforPostgreSQL/flexibleServers';
export const FAILOVER = 'POST Microsoft.Storage/storageAccounts/failover';
/** Compressed and with less going on, for tests that need no exact times and losses. */
export const quick = (drill: Changes['drill'] = {}, world: Changes['world'] = {}): Changes => ({
  drill: {
    'canaries.0.every': 'PT0.1S',
    'canaries.1.every': 'PT0.5S',
    'probes.0.stableFor': 'PT2S',
    timing: { baseline: 'PT2S' },
    ...drill,
  },
  world: {
    'customers.every': 'PT0.5S',
    operations: { [`${OPERATION} [forced]`]: 'PT3S', [`${OPERATION} [planned]`]: 'PT2S', [FAILOVER]: 'PT2S' },
    ...world,
  },
});

/** The shop's invoices, as the account's own clients see them. */
export async function invoicesOf(workspace: TestWorkspace, twin: NonNullable<ReturnType<typeof findTwin>>) {
  const { subscription, tenant } = loadWorld(join(workspace.root, 'drills', 'worlds', `${twin.name}.yaml`));
  const environment = { kind: 'twin', name: twin.name, tenant, subscription, values: {}, resources: [] } as const;
  const account = `/subscriptions/${subscription}/resourceGroups/rg-orders-shared/providers/Microsoft.Storage/storageAccounts/ordersdocs`;
  return openContainer(openWorld(environment, connectionOf(twin)), account, 'invoices');
}
