import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import {
  allAllow,
  describeItems,
  itemsOutput,
  type ProtectedItem,
  readItems,
  targetInput,
} from './siterecovery/protected-items.ts';
import { expectSuccess } from './siterecovery/replication-job.ts';
import { jobAtWork, ownJobOver, sendOnce } from './siterecovery/send.ts';

const SCENARIO = 'CommitFailover';
const input = z.strictObject({ of: targetInput });
type Input = z.infer<typeof input>;

/** After it no other recovery point can be chosen: the failover stands. */
export const siteRecoveryCommit = defineAction<Input, World>({
  name: 'azure/siterecovery.commit',
  title: 'Commit the failover of a recovery plan or a protected item',
  kind: 'write',
  input,
  writes: ({ of }) => [of],
  permissions: [
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/read',
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/failoverCommit/action',
    'Microsoft.RecoveryServices/vaults/replicationProtectedItems/read',
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/failoverCommit/action',
    'Microsoft.RecoveryServices/vaults/replicationJobs/read',
  ],
  undo: 'cannot-be-undone',
  // The failover itself changed which copy is written.
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 31 to 61 s.
  forecast: {
    operation:
      'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/failoverCommit',
    typicalMs: 46_000,
  },
  inspect,
  start: ({ of }, context) => sendOnce(of, `${of}/failoverCommit`, undefined, context),
  observe: async ({ of }, handle, context) => {
    const job = expectSuccess(await ownJobOver({ of, scenario: SCENARIO }, handle, context));
    const items = await readItems(of, context.world, context.signal);
    if (!items.every(isCommitted))
      throw new ProviderError(
        'failover-failed',
        `expected every failover of ${of} to be committed, found that ${describeItems(items)}`,
      );
    return { of, job: job.name, items: itemsOutput(items) };
  },
});

/** What can be committed allows it; what is committed is where it was taken to and does not allow it any more. */
const isCommitted = ({ activeLocation, allowedOperations, protectionState }: ProtectedItem) =>
  /^recovery$/i.test(activeLocation) && !allowedOperations.includes('Commit') && /commit+ed$/i.test(protectionState);

async function inspect({ of }: Input, context: ActionContext<World>): Promise<Inspection> {
  const items = await readItems(of, context.world, context.signal);
  const detail = describeItems(items);
  const before = { items: itemsOutput(items) };
  if (await jobAtWork({ of, scenario: SCENARIO }, items, context)) return { finding: 'running', detail, before };
  if (items.every(isCommitted)) return { finding: 'done', detail, before, output: { of, ...before } };
  return { finding: allAllow(items, 'Commit') ? 'not-started' : 'unknown', detail, before };
}
