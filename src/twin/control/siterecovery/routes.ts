// Site Recovery below a Recovery Services vault.
import { ok, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { containerBody, fabricBody, healthBody } from './fabric-bodies.ts';
import { failoverCommit, notForA2A, reProtect, unplannedFailover } from './failover.ts';
import type { VaultPlace } from './ids.ts';
import { itemBody, pointBody } from './item-body.ts';
import { jobBody } from './job-body.ts';
import { filterJobs } from './job-filter.ts';
import { planBody } from './plan-body.ts';
import { pointOf } from './point-choice.ts';
import { itemTarget, planTarget, type Target } from './start-job.ts';
import { switchProtection } from './switch-protection.ts';
import { testFailover, testFailoverCleanup } from './test-failover.ts';

const SITE_RECOVERY_VERSIONS = ['2023-06-01', '2024-04-01'];
const VAULT =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}';
const FABRICS = `${VAULT}/replicationFabrics`;
const CONTAINERS = `${FABRICS}/{fabric}/replicationProtectionContainers`;
const ITEMS = `${CONTAINERS}/{container}/replicationProtectedItems`;
const ITEM = `${ITEMS}/{item}`;
const PLANS = `${VAULT}/replicationRecoveryPlans`;
const PLAN = `${PLANS}/{plan}`;
const JOBS = `${VAULT}/replicationJobs`;

type Read = (request: ArmRequest, place: VaultPlace) => unknown;

export const siteRecoveryRoutes = (cloud: Cloud): readonly Route[] =>
  served(SITE_RECOVERY_VERSIONS, [...reads(cloud), ...writes(cloud), ...polls(cloud)]);

/** The vault of a path. Throws Refusal 404. */
function placeOf(cloud: Cloud, { names: { group = '', vault = '' } }: ArmRequest): VaultPlace {
  const record = cloud.vaults.records.get(cloud.groups.get(group).name, vault);
  return { vault: record.name, group: record.group };
}

function reads(cloud: Cloud): readonly Omit<Route, 'apiVersions'>[] {
  const { world, siteRecovery } = cloud;
  const { records, jobs } = siteRecovery;
  const { subscription } = world;
  const one = (path: string, read: Read): Omit<Route, 'apiVersions'> => ({
    method: 'GET',
    path,
    handle: (request) => ok(read(request, placeOf(cloud, request))),
  });
  const list = (
    path: string,
    read: (...given: Parameters<Read>) => readonly unknown[],
  ): Omit<Route, 'apiVersions'> => ({
    method: 'GET',
    path,
    handle: (request) => page(request, cloud.endpoint(), read(request, placeOf(cloud, request))),
  });
  const container = (place: VaultPlace, region: string) =>
    containerBody({ place, region, items: records.items(place) }, subscription);
  const items = (place: VaultPlace, region?: string) =>
    records
      .items(place)
      .filter(({ from }) => region === undefined || from.region === region)
      .map((item) => itemBody(item, subscription, Date.now()));
  return [
    list(FABRICS, (_, place) => records.regions(place).map((region) => fabricBody(place, region, subscription))),
    one(`${FABRICS}/{fabric}`, ({ names }, place) => fabricBody(place, records.region(place, names), subscription)),
    list(`${VAULT}/replicationProtectionContainers`, (_, place) =>
      records.regions(place).map((region) => container(place, region)),
    ),
    list(CONTAINERS, ({ names }, place) => [container(place, records.region(place, names))]),
    one(`${CONTAINERS}/{container}`, ({ names }, place) => container(place, records.region(place, names))),
    list(`${VAULT}/replicationProtectedItems`, (_, place) => items(place)),
    list(ITEMS, ({ names }, place) => items(place, records.region(place, names))),
    one(ITEM, ({ names }, place) => itemBody(records.item(place, names), subscription, Date.now())),
    list(`${ITEM}/recoveryPoints`, ({ names }, place) => {
      const item = records.item(place, names);
      return item.points.map((point) => pointBody(item, point, subscription));
    }),
    one(`${ITEM}/recoveryPoints/{point}`, ({ names }, place) => {
      const item = records.item(place, names);
      return pointBody(item, pointOf(item, names['point'] ?? ''), subscription);
    }),
    list(PLANS, (_, place) => records.plans(place).map((plan) => planBody(plan, jobs, subscription))),
    one(PLAN, ({ names }, place) => planBody(records.plan(place, names['plan'] ?? ''), jobs, subscription)),
    list(JOBS, ({ query }, place) =>
      filterJobs(jobs.list(place), query.get('$filter')).map((job) => jobBody(job, subscription)),
    ),
    one(`${JOBS}/{job}`, ({ names }, place) => jobBody(jobs.get(place, names['job'] ?? ''), subscription)),
    one(`${VAULT}/replicationVaultHealth`, (_, place) =>
      healthBody(place, { items: records.items(place).length, fabrics: records.regions(place).length }, subscription),
    ),
  ];
}

type Handle = (cloud: Cloud, request: ArmRequest, target: Target) => Reply;

const VERBS: Readonly<Record<string, Handle>> = {
  testFailover,
  testFailoverCleanup,
  plannedFailover: notForA2A('A planned failover'),
  unplannedFailover,
  failoverCommit,
  failoverCancel: notForA2A('Cancelling a failover'),
};

function writes(cloud: Cloud): readonly Omit<Route, 'apiVersions'>[] {
  const { records } = cloud.siteRecovery;
  const item = (request: ArmRequest) => itemTarget(records.item(placeOf(cloud, request), request.names));
  const plan = (request: ArmRequest) => planTarget(records.plan(placeOf(cloud, request), request.names['plan'] ?? ''));
  const post = (path: string, handle: (request: ArmRequest) => Reply): Omit<Route, 'apiVersions'> => ({
    method: 'POST',
    path,
    handle,
  });
  return [
    ...Object.entries(VERBS).flatMap(([verb, handle]) => [
      post(`${ITEM}/${verb}`, (request) => handle(cloud, request, item(request))),
      post(`${PLAN}/${verb}`, (request) => handle(cloud, request, plan(request))),
    ]),
    // Azure's own tools re-protect an Azure machine through its container; this one is for machines of other kinds.
    post(`${ITEM}/reProtect`, notForA2A('Re-protecting a single item (use switchprotection of its container)')),
    post(`${PLAN}/reProtect`, (request) => reProtect(cloud, request, plan(request), 'reProtect')),
    post(`${CONTAINERS}/{container}/switchprotection`, (request) =>
      switchProtection(cloud, request, placeOf(cloud, request)),
    ),
  ];
}

const polls = ({ operations }: Cloud): readonly Omit<Route, 'apiVersions'>[] => [
  { method: 'GET', path: `${VAULT}/replicationOperationStatus/{id}`, handle: (request) => operations.status(request) },
  ...[ITEM, PLAN, `${CONTAINERS}/{container}`].map((of) => ({
    method: 'GET' as const,
    path: `${of}/operationresults/{id}`,
    handle: (request: ArmRequest) => operations.result(request),
  })),
];
