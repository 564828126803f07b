// What every request that changes a protected item or a recovery plan has in common: who may, the job, and the operation to watch.
import { randomUUID } from 'node:crypto';
import { toErrorData } from '../../../model/errors.ts';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { Pace } from '../operations.ts';
import type { ArmRequest } from '../route.ts';
import { CONTAINER_TYPE, ITEM_TYPE, idsOf, PLAN_TYPE } from './ids.ts';
import { itemBody, standingOf } from './item-body.ts';
import { membersOf, planBody } from './plan-body.ts';
import type { ReplicationJob, Scenario } from './replication-jobs.ts';
import type { ProtectedItem, RecoveryPlan } from './site-records.ts';

/** What a request is about: one item, or the items of a plan in the order of its groups. */
export interface Target {
  readonly plan: RecoveryPlan | undefined;
  readonly items: readonly ProtectedItem[];
}

export interface JobWork {
  readonly scenario: Scenario;
  /** The last segment of its path: `testFailover`. */
  readonly verb: string;
  /** What every item must allow at this moment: `TestFailover`. */
  readonly allowed: string;
  readonly network?: string;
  readonly work: (job: ReplicationJob, pace: Pace) => Promise<void>;
}

/** Throws Refusal 400 or 409 when an item does not allow it now. */
export function startJob(cloud: Cloud, request: ArmRequest, target: Target, asked: JobWork): Reply {
  checkAllowed(target, asked.allowed);
  const job = openJob(cloud, request, target, asked);
  cloud.siteRecovery.jobs.add(job);
  const last = { job: job.name, scenario: job.scenario, startedAt: job.startedAt };
  for (const item of target.items) Object.assign(item, { busy: job.name, last });
  if (target.plan !== undefined) target.plan.last = last;
  return cloud.operations.start(
    request,
    {
      id: job.name,
      places: placesOf(cloud, target, asked.verb),
      operation: `POST ${typeOf(target, asked.verb)}/${asked.verb}`,
      label: asked.scenario,
      provider: 'Microsoft.RecoveryServices',
      location: target.items[0]?.from.region ?? '',
      resource: job.target.id,
      work: (pace) => asked.work(job, pace),
      settle: () => {
        for (const item of target.items) item.busy = undefined;
        settleJob(job);
      },
      onFailed: (error) => {
        const errors = job.errors.length > 0 ? job.errors : [error];
        Object.assign(job, { state: 'Failed', description: 'Failed', endedAt: Date.now(), errors });
      },
      result: () => resultOf(cloud, target),
    },
    cloud.signal,
  );
}

/** A job whose work said how it ended keeps that. */
function settleJob(job: ReplicationJob): void {
  if (job.state !== 'InProgress') return;
  Object.assign(job, { state: 'Succeeded', description: 'Completed', endedAt: Date.now() });
}

function openJob(cloud: Cloud, request: ArmRequest, { plan, items }: Target, asked: JobWork): ReplicationJob {
  const place = plan ?? items[0] ?? { vault: '', group: '' };
  const ids = idsOf(cloud.world.subscription, place);
  const [first] = items;
  const id = plan === undefined ? (first === undefined ? ids.vault : ids.item(first)) : ids.plan(plan.name);
  return {
    vault: place.vault,
    group: place.group,
    name: randomUUID(),
    scenario: asked.scenario,
    clientRequestId: request.headers['x-ms-client-request-id'],
    target: {
      kind: plan === undefined ? 'ProtectionEntity' : 'RecoveryPlan',
      name: plan?.name ?? first?.name ?? '',
      id,
    },
    items,
    network: asked.network,
    startedAt: Date.now(),
    endedAt: undefined,
    state: 'InProgress',
    description: 'InProgress',
    comments: '',
    errors: [],
    made: [],
  };
}

/** The code is our own: no recording has the service's. */
function checkAllowed({ plan, items }: Target, allowed: string): void {
  for (const item of items) {
    const standing = standingOf(item);
    if (standing.allowedOperations.includes(allowed)) continue;
    const why = item.busy === undefined ? standing.protectionStateDescription : `job ${item.busy} is at work`;
    throw new Refusal(
      409,
      'OperationNotAllowed',
      `${allowed} is not allowed on '${item.name}'${plan === undefined ? '' : ` of the plan '${plan.name}'`} now: ${why}. Allowed: ${standing.allowedOperations.join(', ') || 'nothing'}.`,
    );
  }
}

/** Re-protection of one machine is asked of its container. */
function typeOf({ plan }: Target, verb: string): string {
  if (plan !== undefined) return PLAN_TYPE;
  return verb === 'switchprotection' ? CONTAINER_TYPE : ITEM_TYPE;
}

function placesOf({ world }: Cloud, { plan, items }: Target, verb: string) {
  const place = plan ?? items[0] ?? { vault: '', group: '' };
  const ids = idsOf(world.subscription, place);
  const [first] = items;
  const own =
    plan === undefined && first !== undefined ? itemOrContainer(ids, first, verb) : ids.plan(plan?.name ?? '');
  return { status: `${ids.vault}/replicationOperationStatus`, result: `${own}/operationresults` };
}

const itemOrContainer = (ids: ReturnType<typeof idsOf>, item: ProtectedItem, verb: string) =>
  verb === 'switchprotection' ? ids.container(item.from.region) : ids.item(item);

function resultOf({ world, siteRecovery }: Cloud, { plan, items }: Target): unknown {
  if (plan !== undefined) return planBody(plan, siteRecovery.jobs, world.subscription);
  const [item] = items;
  return item === undefined ? undefined : itemBody(item, world.subscription, Date.now());
}

export const planTarget = (plan: RecoveryPlan): Target => ({ plan, items: membersOf(plan) });
export const itemTarget = (item: ProtectedItem): Target => ({ plan: undefined, items: [item] });

/** Does the same for the items of one group at a time. What failed is returned, and does not keep the others from being done. */
export async function eachGroup(
  { plan, items }: Target,
  work: (item: ProtectedItem) => Promise<void>,
): Promise<ReplicationJob['errors']> {
  const errors: ReplicationJob['errors'][number][] = [];
  for (const group of plan?.groups ?? [items]) {
    const ended = await Promise.allSettled(group.map(work));
    for (const [nth, end] of ended.entries())
      if (end.status === 'rejected') errors.push({ ...toErrorData(end.reason), item: group[nth]?.name ?? '' });
  }
  return errors;
}
