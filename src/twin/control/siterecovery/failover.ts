// Failover, its commit, and the reversal of the replication afterwards.
import * as z from 'zod';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { choosePoint, type PointWish, parseProperties, pointWish } from './point-choice.ts';
import type { ReplicationJob } from './replication-jobs.ts';
import { copyNow } from './replicator.ts';
import { makeMachine, removeMachine, stopMachine, workOf } from './site-machines.ts';
import type { ProtectedItem } from './site-records.ts';
import { eachGroup, startJob, type Target } from './start-job.ts';

/** Machines change this long before the end of the job, at most. */
const LEAD_MS = 1500;

const failoverSchema = z.looseObject({
  failoverDirection: z.literal('PrimaryToRecovery').default('PrimaryToRecovery'),
  sourceSiteOperations: z.enum(['Required', 'NotRequired']).default('NotRequired'),
});

export function unplannedFailover(cloud: Cloud, request: ArmRequest, target: Target): Reply {
  const { sourceSiteOperations } = parseProperties(failoverSchema, request.body);
  const wish = pointWish(request.body);
  const shutDown = sourceSiteOperations === 'Required';
  return startJob(cloud, request, target, {
    scenario: 'UnplannedFailover',
    verb: 'unplannedFailover',
    allowed: 'UnplannedFailover',
    work: async (job, pace) => {
      await pace.untilBeforeEnd(LEAD_MS);
      const errors = await eachGroup(target, (item) => failOver(cloud, item, { job, wish, shutDown }));
      job.errors = errors;
      const [first] = errors;
      if (first !== undefined && errors.length === target.items.length)
        throw new Refusal(409, first.code, first.message);
      await pace.untilBeforeEnd(0);
      if (target.plan !== undefined) target.plan.lastFailoverAt = Date.now();
      if (errors.length > 0)
        Object.assign(job, { state: 'Succeeded', description: 'PartiallySucceeded', endedAt: Date.now() });
    },
  });
}

interface Failing {
  readonly job: ReplicationJob;
  readonly wish: PointWish;
  readonly shutDown: boolean;
}

async function failOver(cloud: Cloud, item: ProtectedItem, { job, wish, shutDown }: Failing): Promise<void> {
  const standstill = shutDown && (await stopMachine(cloud, item.from));
  // What came up to the standstill goes over as well, when the way is open; if not, the newest point is what there is.
  if (standstill && wish.id === undefined) await copyNow(cloud, item, 'crash').catch(() => {});
  const point = choosePoint(item, wish);
  // After a reversal the machine of before still stands there, out of use: the newer copy takes its place.
  if (item.to.isLeft === true) await removeMachine(cloud, item.to.machine);
  await makeMachine(cloud, item.to, { point, work: workOf(cloud, item) });
  job.made = [...job.made, { item: item.name, machine: item.to.machine, point: point.id, takenAt: point.takenAt }];
  Object.assign(item, { phase: 'failed-over', lastFailoverAt: Date.now(), failoverPoint: point.id });
}

export const failoverCommit = (cloud: Cloud, request: ArmRequest, target: Target): Reply =>
  startJob(cloud, request, target, {
    scenario: 'CommitFailover',
    verb: 'failoverCommit',
    allowed: 'Commit',
    work: async (_, pace) => {
      await pace.untilBeforeEnd(0);
      // Other points cannot be chosen any more, so none is kept.
      for (const item of target.items) await dropPoints(cloud, item);
      for (const item of target.items) item.phase = 'committed';
    },
  });

/** `verb`: of one machine it is asked as `switchprotection` of the container, of a plan as `reProtect`. */
export const reProtect = (
  cloud: Cloud,
  request: ArmRequest,
  target: Target,
  verb: 'reProtect' | 'switchprotection',
): Reply =>
  startJob(cloud, request, target, {
    scenario: 'ReverseReplication',
    verb,
    allowed: 'ReverseReplicate',
    work: async (_, pace) => {
      for (const { from, name } of target.items)
        if (!cloud.plane.regions.isUp(from.region))
          throw new Refusal(
            409,
            'RegionNotAvailable',
            `'${name}' cannot be replicated to ${from.region}: it is not available.`,
          );
      // The machine of before must not run beside the one that people use now.
      for (const { from } of target.items) await stopMachine(cloud, from);
      await pace.untilBeforeEnd(0);
      for (const item of target.items) await reverse(cloud, item);
    },
  });

async function reverse(cloud: Cloud, item: ProtectedItem): Promise<void> {
  await dropPoints(cloud, item);
  const { from, to } = item;
  Object.assign(item, { from: to, to: { ...from, isLeft: true }, phase: 'initial', failoverPoint: undefined });
}

async function dropPoints({ plane }: Cloud, item: ProtectedItem): Promise<void> {
  const { points } = item;
  item.points = [];
  await Promise.all(points.map(({ id }) => plane.replicas.remove(id)));
}

/** A2A knows no planned failover and nothing that could be cancelled: neither is ever among its allowed operations. */
export function notForA2A(what: string): () => Reply {
  return () => {
    throw new Refusal(
      400,
      'OperationNotSupported',
      `${what} is not supported for the replication of Azure machines (A2A).`,
    );
  };
}
