// A job as Azure Backup shows it: short in lists, with its tasks and property bag when it is asked for alone.
import { VAULT_TYPE } from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';
import type { BackupJob } from './backup-jobs.ts';
import { entityName, vaultId } from './vault-records.ts';

/** The service's numbers stand for its own texts; the twin has one number, and the code in the title. */
const ERROR_NUMBER = 400_001;
const PERCENT = 100;

/** Completed, Failed, Cancelled, InProgress or Cancelling. */
export function jobStatus({ begun: { status }, cancelling }: BackupJob): string {
  if (status === 'Succeeded') return 'Completed';
  if (status === 'Failed') return cancelling.signal.aborted ? 'Cancelled' : 'Failed';
  return cancelling.signal.aborted ? 'Cancelling' : 'InProgress';
}

export function jobBody({ world }: Cloud, job: BackupJob, detailed: boolean): object {
  const { plan, vault, item, activityId, begun } = job;
  const { id, startedAt, endedAt, error } = begun;
  const status = jobStatus(job);
  return {
    id: `${vaultId(world.subscription, vault)}/backupJobs/${id}`,
    name: id,
    type: `${VAULT_TYPE}/backupJobs`,
    properties: {
      jobType: 'AzureIaaSVMJob',
      backupManagementType: 'AzureIaasVM',
      operation: plan.operation,
      status,
      entityFriendlyName: item.machine,
      containerName: entityName(item),
      virtualMachineVersion: 'Compute',
      activityId,
      startTime: new Date(startedAt).toISOString(),
      ...(endedAt === null ? { actionsInfo: ['Cancellable'] } : { endTime: new Date(endedAt).toISOString() }),
      duration: `PT${Math.max(0, (endedAt ?? Date.now()) - startedAt) / 1000}S`,
      ...(error === undefined
        ? {}
        : {
            errorDetails: [
              { errorCode: ERROR_NUMBER, errorTitle: error.code, errorString: error.message, recommendations: [] },
            ],
          }),
      ...(detailed ? { extendedInfo: extendedInfo(job, status) } : {}),
    },
  };
}

const extendedInfo = ({ plan, begun }: BackupJob, status: string): object => ({
  tasksList: plan.tasks.map((taskId) => ({ taskId, duration: 'PT0S', status })),
  propertyBag: plan.bag,
  internalPropertyBag: plan.locationType === undefined ? {} : { restoreLocationType: plan.locationType },
  progressPercentage: progress(begun),
});

function progress({ startedAt, endedAt, durationMs }: BackupJob['begun']): number {
  if (endedAt !== null || durationMs === 0) return PERCENT;
  return Math.min(PERCENT - 1, Math.floor(((Date.now() - startedAt) / durationMs) * PERCENT));
}
