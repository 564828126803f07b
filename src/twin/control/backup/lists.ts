// The filtered lists of a vault: items, recovery points, jobs.
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { parseFilterTime } from './backup-time.ts';
import { parseFilter } from './filter.ts';
import { jobBody, jobStatus } from './job-body.ts';
import { itemBody, pointBody } from './vault-bodies.ts';
import { findItem, type VaultRecord } from './vault-records.ts';

const same = (asked: string | undefined, found: string): boolean =>
  asked === undefined || asked.toLowerCase() === found.toLowerCase();

export function listItems(cloud: Cloud, request: ArmRequest, vault: VaultRecord): readonly object[] {
  const asked = parseFilter(request, ['backupManagementType', 'itemType', 'policyName', 'friendlyName']);
  return vault.items
    .filter(
      ({ machine }) =>
        same(asked['backupManagementType'], 'AzureIaasVM') &&
        same(asked['itemType'], 'VM') &&
        same(asked['policyName'], vault.policy) &&
        same(asked['friendlyName'], machine),
    )
    .map((item) => itemBody(cloud, vault, item));
}

/** Newest first. */
export function listPoints(cloud: Cloud, request: ArmRequest, vault: VaultRecord): readonly object[] {
  const { startDate, endDate } = parseFilter(request, ['startDate', 'endDate']);
  const isWithin = within(startDate, endDate);
  const item = findItem(vault, request.names);
  return item.points
    .filter(({ takenAt }) => isWithin(takenAt))
    .toReversed()
    .map((point) => pointBody(cloud, vault, item, point));
}

/** Newest first. */
export function listJobs(cloud: Cloud, request: ArmRequest, vault: VaultRecord): readonly object[] {
  const known = ['operation', 'status', 'backupManagementType', 'jobId', 'startTime', 'endTime'];
  const asked = parseFilter(request, known);
  const isWithin = within(asked['startTime'], asked['endTime']);
  return cloud.vaults.jobs
    .list(vault)
    .filter(
      (job) =>
        same(asked['operation'], job.plan.operation) &&
        same(asked['status'], jobStatus(job)) &&
        same(asked['backupManagementType'], 'AzureIaasVM') &&
        same(asked['jobId'], job.begun.id) &&
        isWithin(job.begun.startedAt),
    )
    .map((job) => jobBody(cloud, job, false));
}

function within(from: string | undefined, until: string | undefined): (at: number) => boolean {
  const start = from === undefined ? Number.NEGATIVE_INFINITY : parseFilterTime(from);
  const end = until === undefined ? Number.POSITIVE_INFINITY : parseFilterTime(until);
  return (at) => at >= start && at <= end;
}
