import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { ProviderError } from '../provider-error.ts';
import { MACHINE_TYPE, resourceInput } from '../resource-input.ts';
import type { World } from '../world.ts';
import { checkMachines, untilRemoved } from './siterecovery/away-machines.ts';
import {
  allAllow,
  describeItems,
  isPlan,
  itemsOutput,
  type ProtectedItem,
  readItems,
  targetInput,
} from './siterecovery/protected-items.ts';
import { expectSuccess } from './siterecovery/replication-job.ts';
import { jobAtWork, ownJobOver, sendOnce } from './siterecovery/send.ts';

const MACHINES_MAX = 100;
const SCENARIO = 'UnplannedFailover';

const input = z.strictObject({
  of: targetInput,
  shutDown: z
    .boolean()
    .default(true)
    .describe('Stop the machines at the source first, when they can be reached: what they hold then goes over as well'),
  point: z
    .enum(['Latest', 'LatestProcessed', 'LatestApplicationConsistent', 'LatestCrashConsistent'])
    .default('Latest')
    .describe('Which recovery point; of a single item the newest one is taken by the service'),
  machines: z
    .array(resourceInput(MACHINE_TYPE))
    .max(MACHINES_MAX)
    .default([])
    .describe(
      'Every machine that it makes in the other region. After the way back is protected the service removes them, which is waited for; none of a failover that leads home',
    ),
});
type Input = z.infer<typeof input>;

/** The machines run in the other region from now on. Between regions of Azure every failover is an unplanned one. */
export const siteRecoveryFailover = defineAction<Input, World>({
  name: 'azure/siterecovery.failover',
  title: 'Fail a recovery plan or a protected item over to its other region',
  kind: 'write',
  input,
  writes: ({ of }) => [of],
  creates: ({ machines }) => machines,
  permissions: [
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/read',
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/unplannedFailover/action',
    'Microsoft.RecoveryServices/vaults/replicationProtectedItems/read',
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/unplannedFailover/action',
    'Microsoft.RecoveryServices/vaults/replicationJobs/read',
    'Microsoft.Compute/virtualMachines/read',
  ],
  undo: 'failback',
  changesDataRoles: true,
  // Recorded public azure-cli test traffic: 153 to 184 s.
  forecast: {
    operation:
      'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/unplannedFailover',
    typicalMs: 154_000,
  },
  inspect,
  start: ({ of, shutDown, point }, context) => {
    const details = { instanceType: 'A2A', ...(isPlan(of) ? { recoveryPointType: point } : {}) };
    const properties = {
      failoverDirection: 'PrimaryToRecovery',
      sourceSiteOperations: shutDown ? 'Required' : 'NotRequired',
      providerSpecificDetails: isPlan(of) ? [details] : details,
    };
    return sendOnce(of, `${of}/unplannedFailover`, { properties }, context);
  },
  observe: async ({ of }, handle, context) => {
    const job = expectSuccess(await ownJobOver({ of, scenario: SCENARIO }, handle, context));
    const items = await readItems(of, context.world, context.signal);
    if (!items.every(isFailedOver))
      throw new ProviderError(
        'failover-failed',
        `expected every machine of ${of} to be active in its recovery region, found that ${describeItems(items)}`,
      );
    const points = job.made.flatMap(({ pointAt }) => pointAt ?? []);
    return {
      of,
      job: job.name,
      items: itemsOutput(items),
      oldestRecoveryPointAt: points.length === items.length ? Math.min(...points) : null,
    };
  },
  takeBack: ({ of, machines }, before, context) => untilRemoved({ of, machines }, before, context),
});

const isFailedOver = ({ activeLocation }: ProtectedItem) => /^recovery$/i.test(activeLocation);

async function inspect({ of, machines }: Input, context: ActionContext<World>): Promise<Inspection> {
  const items = await readItems(of, context.world, context.signal);
  const detail = describeItems(items);
  const before = { items: itemsOutput(items) };
  if (await jobAtWork({ of, scenario: SCENARIO }, items, context)) return { finding: 'running', detail, before };
  if (items.every(isFailedOver)) return { finding: 'done', detail, before, output: { of, ...before } };
  if (!allAllow(items, SCENARIO)) return { finding: 'unknown', detail, before };
  checkMachines(machines, items);
  return { finding: 'not-started', detail, before };
}
