// Microsoft.RecoveryServices/vaults and what Azure Backup serves below them.
import { VAULT_TYPE } from '../../world/resource-ids.ts';
import { ok, type Reply, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { backUp } from './backup-request.ts';
import { jobBody } from './job-body.ts';
import { listItems, listJobs, listPoints } from './lists.ts';
import { JOB_READS } from './read-limits.ts';
import { restore, validateRestore } from './restore.ts';
import { itemBody, pointBody, policyBody, usageBodies, vaultBody } from './vault-bodies.ts';
import { findItem, findPoint, type VaultRecord } from './vault-records.ts';

const VAULT_VERSIONS = ['2023-06-01', '2024-04-01', '2026-07-01'];
const BACKUP_VERSIONS = ['2023-02-01', '2023-06-01', '2024-04-01'];
const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${VAULT_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${VAULT_TYPE}`;
const VAULT = `${GROUP}/{vault}`;
const ITEM = `${VAULT}/backupFabrics/{fabric}/protectionContainers/{container}/protectedItems/{item}`;
const POINTS = `${ITEM}/recoveryPoints`;
const JOB = `${VAULT}/backupJobs/{job}`;

export const backupRoutes = (cloud: Cloud): readonly Route[] => [
  ...served(VAULT_VERSIONS, vaultRoutes(cloud)),
  ...served(BACKUP_VERSIONS, itemRoutes(cloud)),
  ...served(BACKUP_VERSIONS, jobRoutes(cloud)),
];

type Served = Omit<Route, 'apiVersions'>;

function vaultRoutes(cloud: Cloud): readonly Served[] {
  const listed = (request: ArmRequest, group?: string) =>
    page(
      request,
      cloud.endpoint(),
      cloud.vaults.records.list(group).map((vault) => vaultBody(cloud, vault)),
    );
  return [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    { method: 'GET', path: VAULT, handle: (request) => ok(vaultBody(cloud, vaultOf(cloud, request))) },
    {
      method: 'GET',
      path: `${VAULT}/usages`,
      handle: (request) => ok({ value: usageBodies(vaultOf(cloud, request)) }),
    },
  ];
}

function itemRoutes(cloud: Cloud): readonly Served[] {
  const read = readOf(cloud);
  return [
    read('backupPolicies', `${VAULT}/backupPolicies`, (request, vault) =>
      page(request, cloud.endpoint(), [policyBody(cloud, vault)]),
    ),
    read('backupPolicies', `${VAULT}/backupPolicies/{policy}`, (request, vault) => {
      const name = request.names['policy'] ?? '';
      if (name.toLowerCase() !== vault.policy.toLowerCase())
        throw resourceNotFound(`${VAULT_TYPE}/backupPolicies`, name, vault.group);
      return ok(policyBody(cloud, vault));
    }),
    read('backupProtectedItems', `${VAULT}/backupProtectedItems`, (request, vault) =>
      page(request, cloud.endpoint(), listItems(cloud, request, vault)),
    ),
    read('protectedItems', ITEM, (request, vault) => ok(itemBody(cloud, vault, findItem(vault, request.names)))),
    read('recoveryPoints', POINTS, (request, vault) =>
      page(request, cloud.endpoint(), listPoints(cloud, request, vault)),
    ),
    read('recoveryPoints', `${POINTS}/{point}`, (request, vault) => {
      const item = findItem(vault, request.names);
      return ok(pointBody(cloud, vault, item, findPoint(item, request.names['point'] ?? '')));
    }),
    { method: 'POST', path: `${ITEM}/backup`, handle: (request) => backUp(cloud, request, itemAt(cloud, request)) },
    {
      method: 'POST',
      path: `${POINTS}/{point}/restore`,
      handle: (request) => restore(cloud, request, itemAt(cloud, request)),
    },
    {
      method: 'POST',
      path: `${VAULT}/backupTriggerValidateOperation`,
      handle: (request) => validateRestore(cloud, request, vaultOf(cloud, request)),
    },
  ];
}

function jobRoutes(cloud: Cloud): readonly Served[] {
  const read = readOf(cloud);
  const { jobs } = cloud.vaults;
  const jobOf = (request: ArmRequest) => jobs.get(vaultOf(cloud, request), request.names['job'] ?? '');
  const watched = (action: string, path: string) => [
    read(`${action}/operationsStatus`, `${path}/operationsStatus/{operation}`, (request) =>
      jobs.acceptances.status(request),
    ),
    read(`${action}/operationResults`, `${path}/operationResults/{operation}`, (request) =>
      jobs.acceptances.result(request),
    ),
  ];
  return [
    read('backupJobs', `${VAULT}/backupJobs`, (request, vault) =>
      withRetryAfter(page(request, cloud.endpoint(), listJobs(cloud, request, vault)), jobs.retryAfter(vault)),
    ),
    read('backupJobs', JOB, (request) => ok(jobBody(cloud, jobOf(request), true))),
    { method: 'POST', path: `${JOB}/cancel`, handle: (request) => jobs.cancel(cloud, request, jobOf(request)) },
    ...watched('protectedItems', ITEM),
    ...watched('backupJobs', JOB),
    read('backupOperations', `${VAULT}/backupOperations/{operation}`, (request) => jobs.acceptances.status(request)),
    read('backupValidateOperations', `${VAULT}/backupValidateOperationsStatuses/{operation}`, (request) =>
      jobs.acceptances.status(request),
    ),
    read('backupValidateOperations', `${VAULT}/backupValidateOperationResults/{operation}`, (request) =>
      jobs.acceptances.result(request),
    ),
  ];
}

/** A GET that counts against the hourly limit of its action. */
const readOf =
  (cloud: Cloud) =>
  (action: string, path: string, handle: (request: ArmRequest, vault: VaultRecord) => Reply): Served => ({
    method: 'GET',
    path,
    handle: (request) => {
      cloud.vaults.limits.admit(action === 'backupJobs' ? JOB_READS : `${VAULT_TYPE}/${action}/read`);
      return handle(request, vaultOf(cloud, request));
    },
  });

function vaultOf({ groups, vaults }: Cloud, { names: { group = '', vault = '' } }: ArmRequest): VaultRecord {
  groups.get(group);
  return vaults.records.get(group, vault);
}

function itemAt(cloud: Cloud, request: ArmRequest) {
  const vault = vaultOf(cloud, request);
  return { vault, item: findItem(vault, request.names) };
}

const withRetryAfter = (reply: Reply, seconds: number): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'retry-after': String(seconds) },
});
