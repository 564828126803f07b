import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection, type Started } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { sameResource } from '../../model/resource-id.ts';
import { pause } from '../arm/door.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import {
  allAllow,
  describeItems,
  isPlan,
  itemsOutput,
  lastName,
  type ProtectedItem,
  readItems,
  targetInput,
} from './siterecovery/protected-items.ts';
import { expectSuccess } from './siterecovery/replication-job.ts';
import { jobAtWork, ownJobOver, sendOnce } from './siterecovery/send.ts';

const SCENARIO = 'ReverseReplication';
const POLL_MS = 15_000;
const POLL_TWIN_MS = 300;

const input = z.strictObject({
  of: targetInput,
  region: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,30}$/, 'expected the name of an Azure region, such as northeurope')
    .describe('Where the machines run since their failover: what was reversed is told from what was not'),
  details: z
    .record(z.string(), z.json())
    .default({})
    .describe(
      'What a single machine needs beside its container, as the service asks for it: vmManagedDisks, policyId, recoveryResourceGroupId',
    ),
});
type Input = z.infer<typeof input>;

/** The way back is replicated: the machines of before are overwritten by those that run now. */
export const siteRecoveryReprotect = defineAction<Input, World>({
  name: 'azure/siterecovery.reprotect',
  title: 'Replicate a recovery plan or a protected item back to where it came from',
  kind: 'write',
  input,
  writes: ({ of }) => [of],
  permissions: [
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/read',
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/reProtect/action',
    'Microsoft.RecoveryServices/vaults/replicationProtectedItems/read',
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/switchprotection/action',
    'Microsoft.RecoveryServices/vaults/replicationJobs/read',
  ],
  undo: 'cannot-be-undone',
  // The failover itself changed which copy is written.
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 429 to 526 s, and the initial replication after it.
  forecast: {
    operation:
      'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/switchprotection',
    typicalMs: 477_500,
  },
  inspect,
  start,
  observe: async (given, handle, context) => {
    const { of } = given;
    const job = expectSuccess(await ownJobOver({ of, scenario: SCENARIO }, handle, context));
    return { job: job.name, ...(await untilProtected(given, context)) };
  },
});

/** Azure's own tools ask it of the machine's container; a recovery plan has a request of its own. */
async function start({ of, details }: Input, context: ActionContext<World>): Promise<Started> {
  if (isPlan(of)) return sendOnce(of, `${of}/reProtect`, undefined, context);
  const container = of.split('/').slice(0, -2).join('/');
  const properties = {
    replicationProtectedItemName: lastName(of),
    providerSpecificDetails: { recoveryContainerId: container, ...details, instanceType: 'A2A' },
  };
  return sendOnce(container, `${container}/switchprotection`, { properties }, context);
}

const isReversed = (items: readonly ProtectedItem[], region: string) =>
  items.every(({ primaryLocation }) => sameResource(primaryLocation ?? '', region));
const isProtected = ({ protectionState }: ProtectedItem) => /^protected$/i.test(protectionState);

/** The initial replication goes on after the job has ended. The signal is the deadline. */
async function untilProtected({ of, region }: Input, { world, signal }: ActionContext<World>): Promise<JsonObject> {
  for (;;) {
    const items = await readItems(of, world, signal);
    if (!isReversed(items, region))
      throw new ProviderError(
        'failover-failed',
        `expected every machine of ${of} to be replicated from ${region}, found that ${describeItems(items)}`,
      );
    if (items.every(isProtected)) return { of, items: itemsOutput(items) };
    await pause(world.environment.kind === 'twin' ? POLL_TWIN_MS : POLL_MS, signal);
  }
}

async function inspect({ of, region }: Input, context: ActionContext<World>): Promise<Inspection> {
  const items = await readItems(of, context.world, context.signal);
  const detail = describeItems(items);
  const before = { items: itemsOutput(items) };
  if (await jobAtWork({ of, scenario: SCENARIO }, items, context)) return { finding: 'running', detail, before };
  if (isReversed(items, region)) {
    if (items.every(isProtected)) return { finding: 'done', detail, before, output: { of, ...before } };
    // What happened to an item that neither replicates nor is protected nobody can tell from here.
    return { finding: items.every(isReplicating) ? 'running' : 'unknown', detail, before };
  }
  return { finding: allAllow(items, 'ReverseReplicate') ? 'not-started' : 'unknown', detail, before };
}

const isReplicating = (item: ProtectedItem) =>
  isProtected(item) || /^initialreplication|^enablingprotection/i.test(item.protectionState);
