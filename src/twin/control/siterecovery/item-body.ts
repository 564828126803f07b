// A protected item as Site Recovery shows it.
import { MACHINE_TYPE, resourceId } from '../../world/resource-ids.ts';
import { containerName, fabricName, ITEM_TYPE, idsOf, POINT_TYPE } from './ids.ts';
import type { ProtectedItem, RecoveryPoint, Site } from './site-records.ts';

/** Of nothing that ever ran; the service's own way to say so. */
const NO_SCENARIO = { scenarioName: 'None', startTime: '1753-01-01T01:01:01Z' };

interface Standing {
  readonly protectionState: string;
  readonly protectionStateDescription: string;
  readonly allowedOperations: readonly string[];
}

/** The words of recorded traffic for `initial` and `protected`, those of official examples for the others. */
export function standingOf({ phase, test, busy }: Pick<ProtectedItem, 'phase' | 'test' | 'busy'>): Standing {
  const standing = test === undefined ? PHASES[phase] : CLEANUP_PENDING;
  return busy === undefined ? standing : { ...standing, allowedOperations: [] };
}

const PHASES: Readonly<Record<ProtectedItem['phase'], Standing>> = {
  initial: {
    protectionState: 'InitialReplicationInProgress',
    protectionStateDescription: 'Initial replication in progress',
    allowedOperations: ['DisableProtection'],
  },
  protected: {
    protectionState: 'Protected',
    protectionStateDescription: 'Protected',
    allowedOperations: ['UnplannedFailover', 'DisableProtection', 'TestFailover'],
  },
  'failed-over': {
    protectionState: 'UnplannedFailoverCommitPendingStatesBegin',
    protectionStateDescription: 'Failover completed',
    allowedOperations: ['Commit', 'DisableProtection'],
  },
  committed: {
    protectionState: 'UnplannedFailoverCommitted',
    protectionStateDescription: 'Failover committed.',
    allowedOperations: ['ReverseReplicate', 'DisableProtection'],
  },
};
const CLEANUP_PENDING: Standing = {
  protectionState: 'Protected',
  protectionStateDescription: 'Cleanup test failover pending',
  allowedOperations: ['TestFailoverCleanup'],
};

export function itemBody(item: ProtectedItem, subscription: string, now: number): object {
  const { name, from, to, test, phase } = item;
  const ids = idsOf(subscription, item);
  const scenario = scenarioOf(item);
  return {
    id: ids.item(item),
    name,
    type: ITEM_TYPE,
    properties: {
      friendlyName: name,
      protectedItemType: 'A2AVirtualMachine',
      primaryFabricFriendlyName: fabricName(from.region),
      primaryFabricProvider: 'AzureFabric',
      recoveryFabricFriendlyName: fabricName(to.region),
      recoveryFabricId: ids.fabric(to.region),
      primaryProtectionContainerFriendlyName: containerName(from.region),
      recoveryProtectionContainerFriendlyName: containerName(to.region),
      ...standingOf(item),
      activeLocation: phase === 'failed-over' || phase === 'committed' ? 'Recovery' : 'Primary',
      testFailoverState: test === undefined ? 'None' : 'WaitingForCompletion',
      testFailoverStateDescription: test === undefined ? 'None' : 'Waiting for user input',
      replicationHealth: 'Normal',
      failoverHealth: 'Normal',
      healthErrors: [],
      policyFriendlyName: '24-hour-retention-policy',
      ...instants(item),
      currentScenario:
        scenario === undefined
          ? { ...NO_SCENARIO, jobId: ids.job('None') }
          : {
              scenarioName: scenario.scenario,
              jobId: ids.job(scenario.job),
              startTime: new Date(scenario.startedAt).toISOString(),
            },
      ...(item.failoverPoint === undefined
        ? {}
        : { failoverRecoveryPointId: `${ids.item(item)}/recoveryPoints/${item.failoverPoint}` }),
      providerSpecificDetails: details(item, subscription, now),
      recoveryContainerId: ids.container(to.region),
    },
  };
}

/** What is at work on it, or waits for its clean-up. */
function scenarioOf({ busy, last, test }: ProtectedItem): ProtectedItem['last'] {
  if (busy !== undefined) return last;
  return test === undefined ? undefined : { ...test, scenario: 'TestFailover' };
}

const instants = ({ lastFailoverAt, lastTestAt }: ProtectedItem) => ({
  ...(lastFailoverAt === undefined ? {} : { lastSuccessfulFailoverTime: new Date(lastFailoverAt).toISOString() }),
  ...(lastTestAt === undefined ? {} : { lastSuccessfulTestFailoverTime: new Date(lastTestAt).toISOString() }),
});

const machineId = (subscription: string, { machine, group }: Site) =>
  resourceId(subscription, MACHINE_TYPE, { name: machine, group });

function details(item: ProtectedItem, subscription: string, now: number): object {
  const { from, to, test, phase } = item;
  const newest = item.points.at(-1);
  const rpo =
    newest === undefined || (phase !== 'initial' && phase !== 'protected')
      ? {}
      : {
          rpoInSeconds: Math.max(0, Math.round((now - newest.takenAt) / 1000)),
          lastRpoCalculatedTime: new Date(now).toISOString(),
        };
  const failedOver = phase === 'failed-over' || phase === 'committed';
  return {
    instanceType: 'A2A',
    fabricObjectId: machineId(subscription, from),
    primaryFabricLocation: from.region,
    recoveryFabricLocation: to.region,
    osType: 'Linux',
    recoveryAzureVMName: to.machine,
    recoveryAzureResourceGroupId: `/subscriptions/${subscription}/resourceGroups/${to.group}`,
    ...(to.network === undefined ? {} : { selectedRecoveryAzureNetworkId: to.network }),
    ...(failedOver ? { recoveryFabricObjectId: machineId(subscription, to) } : {}),
    ...(test === undefined
      ? {}
      : {
          tfoAzureVMName: test.machine,
          testFailoverRecoveryFabricObjectId: machineId(subscription, { ...to, machine: test.machine }),
        }),
    vmProtectionState: standingOf({ ...item, busy: undefined }).protectionState,
    vmProtectionStateDescription: standingOf({ ...item, busy: undefined }).protectionStateDescription,
    ...rpo,
    vmEncryptionType: 'NotEncrypted',
  };
}

export const pointBody = (item: ProtectedItem, { id, takenAt, consistency }: RecoveryPoint, subscription: string) => ({
  id: `${idsOf(subscription, item).item(item)}/recoveryPoints/${id}`,
  name: id,
  type: POINT_TYPE,
  properties: {
    recoveryPointTime: new Date(takenAt).toISOString(),
    recoveryPointType: consistency === 'application' ? 'AppConsistent' : 'CrashConsistent',
    providerSpecificDetails: { instanceType: 'A2A', recoveryPointSyncType: 'PerVmRecoveryPoint', disks: [] },
  },
});
