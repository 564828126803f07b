// Test failover: a machine from a recovery point beside the one that runs, in a network of the client's choice; and its clean-up.
import * as z from 'zod';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { Pace } from '../operations.ts';
import type { ArmRequest } from '../route.ts';
import { choosePoint, type PointWish, parseProperties, pointWish } from './point-choice.ts';
import { endTest, type ReplicationJob } from './replication-jobs.ts';
import { makeMachine, networkIn, removeMachine, workOf } from './site-machines.ts';
import type { ProtectedItem, RecoveryPoint } from './site-records.ts';
import { eachGroup, startJob, type Target } from './start-job.ts';

/** Machines are made this long before the end of the job, at most. */
const LEAD_MS = 1500;

const testSchema = z.looseObject({
  failoverDirection: z.literal('PrimaryToRecovery').default('PrimaryToRecovery'),
  networkType: z.literal('VmNetworkAsInput'),
  networkId: z.string(),
});

const testName = (machine: string): string => `${machine}-test`;

export function testFailover(cloud: Cloud, request: ArmRequest, target: Target): Reply {
  const { networkId } = parseProperties(testSchema, request.body);
  const wish = pointWish(request.body);
  const network = networkIn(cloud, networkId, target.items[0]?.to.region ?? '');
  return startJob(cloud, request, target, {
    scenario: 'TestFailover',
    verb: 'testFailover',
    allowed: 'TestFailover',
    network,
    work: (job, pace) => makeTests(cloud, target, { job, pace, network, wish }),
  });
}

interface Testing {
  readonly job: ReplicationJob;
  readonly pace: Pace;
  readonly network: string;
  readonly wish: PointWish;
}

/** The newest points are those of the moment at which the test failover begins; they are kept until they are copied. */
async function makeTests(cloud: Cloud, target: Target, testing: Testing): Promise<void> {
  const points = new Map(target.items.map((item) => [item, choosePoint(item, testing.wish)]));
  const { inUse } = cloud.siteRecovery;
  for (const { id } of points.values()) inUse.add(id);
  try {
    await testing.pace.untilBeforeEnd(LEAD_MS);
    const errors = await eachGroup(target, (item) => makeTest(cloud, item, testing, points.get(item)));
    if (errors.length > 0) await takeAllBack(cloud, target, testing.job, errors);
  } finally {
    for (const { id } of points.values()) inUse.delete(id);
  }
  await testing.pace.untilBeforeEnd(0);
  const now = Date.now();
  for (const item of target.items) item.lastTestAt = now;
  if (target.plan !== undefined) target.plan.lastTestAt = now;
  Object.assign(testing.job, { state: 'Suspended', description: 'WaitingForStopTestFailover' });
}

async function makeTest(cloud: Cloud, item: ProtectedItem, { job, network, wish }: Testing, chosen?: RecoveryPoint) {
  const point = chosen ?? choosePoint(item, wish);
  const machine = testName(item.from.machine);
  // Filing documents of its own would make every copy look fresh.
  const work = { production: workOf(cloud, item).production };
  await makeMachine(cloud, { ...item.to, machine, network }, { point, work });
  item.test = { job: job.name, machine, startedAt: job.startedAt };
  job.made = [...job.made, { item: item.name, machine, point: point.id, takenAt: point.takenAt }];
}

/** A test failover that failed for one machine leaves none of the others either. Always throws. */
async function takeAllBack(cloud: Cloud, target: Target, job: ReplicationJob, errors: ReplicationJob['errors']) {
  for (const item of target.items) {
    if (item.test?.job !== job.name) continue;
    await removeMachine(cloud, item.test.machine);
    item.test = undefined;
  }
  Object.assign(job, { errors, made: [] });
  const [first] = errors;
  throw new Refusal(409, first?.code ?? 'TestFailoverFailed', first?.message ?? 'The test failover failed.');
}

const cleanupSchema = z.looseObject({ comments: z.string().max(1000).default('') });

export function testFailoverCleanup(cloud: Cloud, request: ArmRequest, target: Target): Reply {
  const { comments } = parseProperties(cleanupSchema, request.body);
  return startJob(cloud, request, target, {
    scenario: 'TestFailoverCleanup',
    verb: 'testFailoverCleanup',
    allowed: 'TestFailoverCleanup',
    work: async (job, pace) => cleanUp(cloud, target, { job, pace, comments }),
  });
}

interface Cleaning {
  readonly job: ReplicationJob;
  readonly pace: Pace;
  readonly comments: string;
}

async function cleanUp(cloud: Cloud, target: Target, { job, pace, comments }: Cleaning): Promise<void> {
  await pace.untilBeforeEnd(LEAD_MS);
  const tests = target.items.flatMap(({ test }) => test?.job ?? []);
  const errors = await eachGroup(target, async (item) => {
    if (item.test !== undefined) await removeMachine(cloud, item.test.machine);
  });
  if (errors.length > 0) {
    job.errors = errors;
    throw new Refusal(409, errors[0]?.code ?? 'CleanupFailed', errors[0]?.message ?? 'The clean-up failed.');
  }
  await pace.untilBeforeEnd(0);
  for (const item of target.items) item.test = undefined;
  job.comments = comments;
  for (const name of new Set(tests)) endTest(cloud.siteRecovery.jobs.get(job, name), comments, Date.now());
}
