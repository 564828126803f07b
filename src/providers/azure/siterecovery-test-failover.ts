import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { sameResource } from '../../model/resource-id.ts';
import { ProviderError } from '../provider-error.ts';
import { MACHINE_TYPE, NETWORK_TYPE, resourceInput } from '../resource-input.ts';
import type { World } from '../world.ts';
import { cleanUpTest } from './siterecovery/clean-up-test.ts';
import { ownerOf } from './siterecovery/own-job.ts';
import {
  allAllow,
  describeItems,
  isPlan,
  lastName,
  machineIdOf,
  type ProtectedItem,
  readItems,
  targetInput,
} from './siterecovery/protected-items.ts';
import {
  describeJob,
  expectSuccess,
  getJob,
  isAtWork,
  isStandingTest,
  jobsSince,
  type ReplicationJob,
} from './siterecovery/replication-job.ts';
import { ownJobOver, sendOnce } from './siterecovery/send.ts';

const MACHINES_MAX = 100;
const SCENARIO = 'TestFailover';

const input = z.strictObject({
  of: targetInput,
  network: resourceInput(NETWORK_TYPE).describe(
    'The virtual network of the test machines; one without a way to production',
  ),
  machines: z
    .array(resourceInput(MACHINE_TYPE))
    .min(1)
    .max(MACHINES_MAX)
    .describe(
      'Every test machine that it makes: as a rule the name of a protected machine with -test, in its target resource group',
    ),
  point: z
    .enum(['Latest', 'LatestProcessed', 'LatestApplicationConsistent', 'LatestCrashConsistent'])
    .default('Latest')
    .describe('Which recovery point; of a single item the newest one is taken by the service'),
});
type Input = z.infer<typeof input>;

/** Machines from recovery points, in a network of their own, beside those that run. The clean-up ends them whatever became of the drill. */
export const siteRecoveryTestFailover = defineAction<Input, World>({
  name: 'azure/siterecovery.test-failover',
  title: 'Test failover of a recovery plan or a protected item, into a network',
  kind: 'write',
  input,
  writes: () => [],
  creates: ({ machines }) => machines,
  reads: ({ of, network }) => [of, network],
  permissions: [
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/read',
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/testFailover/action',
    'Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/testFailoverCleanup/action',
    'Microsoft.RecoveryServices/vaults/replicationProtectedItems/read',
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/testFailover/action',
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/testFailoverCleanup/action',
    'Microsoft.RecoveryServices/vaults/replicationJobs/read',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  // An estimate from unplanned failovers (recorded: 153 to 184 s); test failovers were not recorded.
  forecast: {
    operation: 'POST Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/testFailover',
    typicalMs: 180_000,
  },
  inspect,
  start: ({ of, network, point }, context) => {
    const details = { instanceType: 'A2A', ...(isPlan(of) ? { recoveryPointType: point } : {}) };
    const properties = {
      failoverDirection: 'PrimaryToRecovery',
      networkType: 'VmNetworkAsInput',
      networkId: network,
      providerSpecificDetails: isPlan(of) ? [details] : details,
    };
    return sendOnce(of, `${of}/testFailover`, { properties }, context);
  },
  observe: async (given, handle, context) => {
    const job = await ownJobOver({ of: given.of, scenario: SCENARIO }, handle, context);
    if (!isStandingTest(job)) throw notStanding(job);
    return standingOutput(given, job, context);
  },
  takeBack: ({ of, machines }, _before, context) => cleanUpTest({ of, machines }, context),
});

/** A test failover that somebody cleaned up meanwhile ended well, and its machines are gone all the same. */
function notStanding(job: ReplicationJob): ProviderError {
  expectSuccess(job);
  return new ProviderError('job-failed', `expected test machines that stand, found that ${describeJob(job)} already`);
}

/** Throws ProviderError `test-failover-stands` when somebody else's stands: it is left alone. */
async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const { of } = given;
  const { world, signal } = context;
  const items = await readItems(of, world, signal);
  const detail = describeItems(items);
  const jobs = context.intendedAt === undefined ? [] : await jobsSince({ of, scenario: SCENARIO }, items, context);
  const own = jobs.find((job) => ownerOf(job, context) === 'own');
  if (own !== undefined && isAtWork(own)) return { finding: 'running', detail: describeJob(own) };
  if (own !== undefined && isStandingTest(own))
    return { finding: 'done', detail: describeJob(own), output: await standingOutput(given, own, context) };
  const doubtful = jobs.find((job) => ownerOf(job, context) === 'unknown' && isAtWork(job));
  if (doubtful !== undefined)
    return { finding: 'unknown', detail: `${describeJob(doubtful)}, and nobody can tell whose it is` };
  const standing = items.find(({ testFailoverState }) => testFailoverState !== 'None');
  if (standing !== undefined) return judgeStanding(standing, of, context);
  if (allAllow(items, SCENARIO)) return { finding: 'not-started', detail };
  return { finding: 'unknown', detail };
}

async function judgeStanding(item: ProtectedItem, of: string, context: ActionContext<World>): Promise<Inspection> {
  const { world, signal } = context;
  const job = item.job === undefined ? undefined : await getJob(of, lastName(item.job), world, signal);
  const detail = `${describeItems([item])}${job === undefined ? '' : `; ${describeJob(job)}`}`;
  if (job !== undefined && ownerOf(job, context) !== 'other') return { finding: 'unknown', detail };
  if (job === undefined && context.intendedAt !== undefined) return { finding: 'unknown', detail };
  throw new ProviderError(
    'test-failover-stands',
    `expected no test failover of ${of} before this one, found one that this run did not begin, and left it alone: ${detail}`,
  );
}

/** Throws ProviderError `job-failed` when other machines were made than the step said: the proof would not look for them. */
async function standingOutput(
  given: Input,
  job: ReplicationJob,
  { world, signal }: ActionContext<World>,
): Promise<JsonObject> {
  const items = await readItems(given.of, world, signal);
  const made = items.map((item) => {
    const details = job.made.find(({ item: name }) =>
      [item.name, item.friendlyName].some((known) => sameResource(known, name)),
    );
    const machine = machineIdOf(item, details?.testMachine ?? `${item.friendlyName}-test`);
    return {
      item: item.name,
      machine,
      recoveryPointAt: details?.pointAt ?? null,
      rpoInSeconds: item.rpoSeconds ?? null,
    };
  });
  const unsaid = made.filter(({ machine }) => !given.machines.some((known) => sameResource(known, machine)));
  if (unsaid.length > 0 || made.length !== given.machines.length)
    throw new ProviderError(
      'job-failed',
      `expected the test machines ${given.machines.join(', ')}, found ${made.map(({ machine }) => machine).join(', ')}`,
    );
  const points = made.flatMap(({ recoveryPointAt }) => recoveryPointAt ?? []);
  const rpos = made.flatMap(({ rpoInSeconds }) => rpoInSeconds ?? []);
  return {
    of: given.of,
    network: given.network,
    job: job.name,
    startedAt: job.startedAt,
    machines: made,
    oldestRecoveryPointAt: points.length === made.length ? Math.min(...points) : null,
    // The service's own word on what would be lost: a second opinion beside what the documents show.
    rpoInSeconds: rpos.length === made.length ? Math.max(...rpos) : null,
  };
}
