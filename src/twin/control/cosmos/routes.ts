// Microsoft.DocumentDB/databaseAccounts: reading, and who takes writes.
import { COSMOS_TYPE } from '../../world/resource-ids.ts';
import { ok, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { COSMOS_VERSIONS } from '../service-versions.ts';
import { changePriorities, offlineRegion, onlineRegion } from './change-account.ts';
import { cosmosBody } from './cosmos-body.ts';
import type { CosmosAccount } from './cosmos-records.ts';

const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${COSMOS_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${COSMOS_TYPE}`;
const ACCOUNT = `${GROUP}/{name}`;

export function cosmosRoutes(cloud: Cloud): readonly Route[] {
  const { cosmos } = cloud.services;
  const listed = (request: ArmRequest, group?: string) =>
    page(
      request,
      cloud.endpoint(),
      cosmos.list(group).map((account) => cosmosBody(account, cloud)),
    );
  const accountOf = ({ names: { group = '', name = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cosmos.get(group, name);
  };
  const onAccount =
    (work: (cloud: Cloud, request: ArmRequest, account: CosmosAccount) => Reply) => (request: ArmRequest) =>
      work(cloud, request, accountOf(request));
  return served(COSMOS_VERSIONS, [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    { method: 'GET', path: ACCOUNT, handle: (request) => ok(cosmosBody(accountOf(request), cloud)) },
    { method: 'POST', path: `${ACCOUNT}/failoverPriorityChange`, handle: onAccount(changePriorities) },
    { method: 'POST', path: `${ACCOUNT}/offlineRegion`, handle: onAccount(offlineRegion) },
    { method: 'POST', path: `${ACCOUNT}/onlineRegion`, handle: onAccount(onlineRegion) },
  ]);
}
