// A recovery plan as Site Recovery shows it.
import { MACHINE_TYPE, resourceId } from '../../world/resource-ids.ts';
import { fabricName, idsOf, PLAN_TYPE } from './ids.ts';
import { standingOf } from './item-body.ts';
import type { ReplicationJobs } from './replication-jobs.ts';
import type { ProtectedItem, RecoveryPlan } from './site-records.ts';

export const membersOf = ({ groups }: RecoveryPlan): readonly ProtectedItem[] => groups.flat();

export function planBody(plan: RecoveryPlan, jobs: ReplicationJobs, subscription: string): object {
  const { name, last, lastTestAt, lastFailoverAt } = plan;
  const ids = idsOf(subscription, plan);
  const [first] = membersOf(plan);
  const job = last === undefined ? undefined : jobs.list(plan).find((known) => known.name === last.job);
  const instants = {
    ...(lastTestAt === undefined ? {} : { lastTestFailoverTime: new Date(lastTestAt).toISOString() }),
    ...(lastFailoverAt === undefined ? {} : { lastUnplannedFailoverTime: new Date(lastFailoverAt).toISOString() }),
  };
  return {
    id: ids.plan(name),
    name,
    type: PLAN_TYPE,
    properties: {
      friendlyName: name,
      ...(first === undefined
        ? {}
        : {
            primaryFabricId: ids.fabric(first.from.region),
            primaryFabricFriendlyName: fabricName(first.from.region),
            recoveryFabricId: ids.fabric(first.to.region),
            recoveryFabricFriendlyName: fabricName(first.to.region),
          }),
      failoverDeploymentModel: 'ResourceManager',
      replicationProviders: ['A2A'],
      allowedOperations: allowedToAll(membersOf(plan)),
      ...instants,
      ...(last === undefined || job === undefined
        ? {}
        : {
            currentScenario: {
              scenarioName: last.scenario,
              jobId: ids.job(last.job),
              startTime: new Date(last.startedAt).toISOString(),
            },
            currentScenarioStatus: job.state,
            currentScenarioStatusDescription: job.description,
          }),
      groups: groupsOf(plan, subscription),
      providerSpecificDetails: [{ instanceType: 'A2A' }],
    },
  };
}

/** What every machine of the plan allows; turning protection off is not a plan's. */
function allowedToAll(items: readonly ProtectedItem[]): readonly string[] {
  const [first = [], ...others] = items.map((item) => standingOf(item).allowedOperations);
  return first.filter((name) => name !== 'DisableProtection' && others.every((allowed) => allowed.includes(name)));
}

function groupsOf(plan: RecoveryPlan, subscription: string): readonly object[] {
  const ids = idsOf(subscription, plan);
  const group = (groupType: string, items: readonly ProtectedItem[]) => ({
    groupType,
    replicationProtectedItems: items.map((item) => ({
      id: ids.item(item),
      virtualMachineId: resourceId(subscription, MACHINE_TYPE, { name: item.from.machine, group: item.from.group }),
    })),
    startGroupActions: [],
    endGroupActions: [],
  });
  return [group('Shutdown', []), group('Failover', []), ...plan.groups.map((items) => group('Boot', items))];
}
