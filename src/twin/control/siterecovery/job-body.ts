// A replication job as Site Recovery shows it.
import { parseResourceId } from '../../../model/resource-id.ts';
import { idsOf, JOB_TYPE } from './ids.ts';
import type { ReplicationJob } from './replication-jobs.ts';

const FRIENDLY: Readonly<Record<ReplicationJob['scenario'], string>> = {
  TestFailover: 'Test failover',
  TestFailoverCleanup: 'Test failover cleanup',
  UnplannedFailover: 'Failover',
  CommitFailover: 'Commit',
  ReverseReplication: 'Re-protect',
};

export function jobBody(job: ReplicationJob, subscription: string): object {
  const { name, scenario, state, description, startedAt, endedAt, target } = job;
  return {
    id: idsOf(subscription, job).job(name),
    name,
    type: JOB_TYPE,
    properties: {
      // As the portal shows it: the client's own id of the request, then the service's.
      activityId: `${job.clientRequestId ?? name} ActivityId: ${name}`,
      scenarioName: scenario,
      friendlyName: FRIENDLY[scenario],
      state,
      stateDescription: description,
      tasks: [],
      errors: job.errors.map((error) => errorBody(error, startedAt, endedAt)),
      startTime: new Date(startedAt).toISOString(),
      ...(endedAt === undefined ? {} : { endTime: new Date(endedAt).toISOString() }),
      allowedActions: [],
      targetObjectId: target.name,
      targetObjectName: target.name,
      targetInstanceType: target.kind,
      customDetails: customDetails(job, subscription),
    },
  };
}

const errorBody = ({ code, message }: ReplicationJob['errors'][number], startedAt: number, endedAt = startedAt) => ({
  serviceErrorDetails: { code, message, possibleCauses: '', recommendedAction: '', activityId: '' },
  errorLevel: 'Error',
  creationTime: new Date(endedAt).toISOString(),
});

function customDetails(job: ReplicationJob, subscription: string): object {
  if (job.scenario === 'TestFailover')
    return {
      instanceType: 'TestFailoverJobDetails',
      testFailoverStatus: testStatus(job),
      comments: job.comments,
      networkName: job.network ?? '',
      networkFriendlyName: networkName(job.network),
      networkType: 'VmNetworkAsInput',
      protectedItemDetails: itemDetails(job, subscription),
    };
  if (job.scenario === 'UnplannedFailover')
    return { instanceType: 'FailoverJobDetails', protectedItemDetails: itemDetails(job, subscription) };
  if (job.scenario === 'ReverseReplication')
    return {
      instanceType: 'SwitchProtectionJobDetails',
      newReplicationProtectedItemId: job.items[0] === undefined ? '' : idsOf(subscription, job).item(job.items[0]),
    };
  return { instanceType: 'AsrJobDetails' };
}

const testStatus = ({ state }: ReplicationJob) =>
  ({ InProgress: 'InProgress', Suspended: 'WaitingForCompletion', Succeeded: 'Completed', Failed: 'Failed' })[state];

const networkName = (id: string | undefined) => (id === undefined ? '' : (parseResourceId(id)?.name ?? id));

const itemDetails = (job: ReplicationJob, subscription: string) =>
  job.items.map((item) => {
    const made = job.made.find((each) => each.item === item.name);
    const testMachine = job.scenario === 'TestFailover' && made !== undefined;
    return {
      name: item.name,
      friendlyName: item.name,
      ...(testMachine ? { testVmName: made.machine, testVmFriendlyName: made.machine } : {}),
      networkConnectionStatus: made === undefined ? 'Disconnected' : 'Connected',
      networkFriendlyName: networkName(job.network ?? item.to.network),
      subnet: '',
      ...(made === undefined
        ? {}
        : {
            recoveryPointId: `${idsOf(subscription, job).item(item)}/recoveryPoints/${made.point}`,
            recoveryPointTime: new Date(made.takenAt).toISOString(),
          }),
    };
  });
