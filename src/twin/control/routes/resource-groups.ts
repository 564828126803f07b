// Resource groups and what lies in them.
import * as z from 'zod';
import { GROUP_TYPE, parseResourceId, sameResource } from '../../../model/resource-id.ts';
import {
  DNS_ZONE_TYPE,
  PROFILE_TYPE,
  resourceId,
  SERVER_TYPE,
  SHOP_TYPE,
  STORAGE_TYPE,
  VAULT_TYPE,
} from '../../world/resource-ids.ts';
import { groupNotFound, invalidContent, noContent, ok, Refusal, type Reply, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { computeResources } from '../compute/listed-resources.ts';
import { checkEmpty, checkRemovable, removeResources } from '../group-removal.ts';
import { page } from '../paging.ts';
import type { ResourceGroup } from '../resource-groups.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { serverState } from '../server-body.ts';
import { serviceResources } from '../services.ts';

const VERSIONS = ['2021-04-01', '2022-09-01', '2024-03-01', '2025-04-01'];
const GROUPS = '/subscriptions/{subscription}/resourceGroups';
const GROUPS_MAX = 200;

export function resourceGroupRoutes(cloud: Cloud): readonly Route[] {
  const groupOf = ({ names }: ArmRequest) => cloud.groups.get(names['group'] ?? '');
  const view = (group: ResourceGroup) => groupBody(cloud.world.subscription, group);
  return served(VERSIONS, [
    {
      method: 'GET',
      path: GROUPS,
      handle: (request) => page(request, cloud.endpoint(), filtered(request, cloud.groups.list()).map(view)),
    },
    { method: 'GET', path: `${GROUPS}/{group}`, handle: (request) => ok(view(groupOf(request))) },
    {
      method: 'HEAD',
      path: `${GROUPS}/{group}`,
      handle: ({ names }) => (cloud.groups.find(names['group'] ?? '') === undefined ? { status: 404 } : noContent),
    },
    { method: 'PUT', path: `${GROUPS}/{group}`, handle: (request) => put(cloud, request, view) },
    { method: 'DELETE', path: `${GROUPS}/{group}`, handle: (request) => remove(cloud, request, groupOf(request)) },
    {
      method: 'GET',
      path: `${GROUPS}/{group}/resources`,
      handle: (request) => page(request, cloud.endpoint(), resources(cloud, groupOf(request).name)),
    },
    {
      method: 'GET',
      path: '/subscriptions/{subscription}/resources',
      handle: (request) => page(request, cloud.endpoint(), resources(cloud)),
    },
  ]);
}

const groupBody = (subscription: string, { name, location, tags, provisioningState }: ResourceGroup) => ({
  id: `/subscriptions/${subscription}/resourceGroups/${name}`,
  name,
  type: 'Microsoft.Resources/resourceGroups',
  location,
  tags,
  properties: { provisioningState },
});

const putSchema = z.object({ location: z.string().min(1), tags: z.record(z.string(), z.string()).default({}) });

function put({ groups, world }: Cloud, { names, body }: ArmRequest, view: (group: ResourceGroup) => object): Reply {
  const name = names['group'] ?? '';
  const parsed = putSchema.safeParse(body);
  if (!parsed.success)
    throw invalidContent("The request content was invalid: expected 'location' and, if any, 'tags'.");
  const existing = groups.find(name);
  if (existing !== undefined && existing.location !== parsed.data.location)
    throw new Refusal(
      409,
      'InvalidResourceGroupLocation',
      `The resource group '${name}' already exists in location '${existing.location}'.`,
    );
  if (!/^[-\w.()]{1,90}$/.test(name) || name.endsWith('.'))
    throw new Refusal(400, 'InvalidResourceGroup', `The provided resource group name '${name}' is not valid.`);
  if (!world.regions.includes(parsed.data.location))
    throw new Refusal(
      400,
      'LocationNotAvailableForResourceGroup',
      `The provided location '${parsed.data.location}' is not available for resource group.`,
    );
  if (existing === undefined && groups.list().length >= GROUPS_MAX)
    throw new Refusal(409, 'ResourceGroupQuotaExceeded', `This twin has at most ${GROUPS_MAX} resource groups.`);
  const group: ResourceGroup = { name: existing?.name ?? name, ...parsed.data, provisioningState: 'Succeeded' };
  groups.put(group);
  return { status: existing === undefined ? 201 : 200, body: view(group) };
}

/** A group goes with what is in it, as on Azure. */
function remove(cloud: Cloud, request: ArmRequest, group: ResourceGroup): Reply {
  checkRemovable(group.name, resources(cloud, group.name));
  if (group.provisioningState === 'Deleting') throw groupNotFound(group.name);
  cloud.groups.put({ ...group, provisioningState: 'Deleting' });
  const resource = `/subscriptions/${cloud.world.subscription}/resourceGroups/${group.name}`;
  const settle = () => {
    if (cloud.groups.find(group.name) !== undefined) cloud.groups.put(group);
  };
  return cloud.operations.start(
    request,
    {
      operation: 'DELETE Microsoft.Resources/resourceGroups',
      label: 'DeleteResourceGroup',
      provider: 'Microsoft.Resources',
      location: group.location,
      resource,
      locationOnly: true,
      work: async (pace) => {
        await removeResources(cloud, resources(cloud, group.name), group.name, pace.signal);
        await pace.untilBeforeEnd(0);
        checkEmpty(group.name, resources(cloud, group.name));
        cloud.groups.remove(group.name);
      },
      settle,
      result: () => undefined,
    },
    cloud.signal,
  );
}

/** Throws Refusal 404 when no resource group and no resource of this twin is at the scope. */
export function requireScope(cloud: Cloud, scope: string): void {
  const { group = '', type = '', name = '' } = parseResourceId(scope) ?? {};
  const standing = cloud.groups.get(group);
  if (type === GROUP_TYPE) return;
  if (!resources(cloud, standing.name).some(({ id }) => sameResource(id, scope)))
    throw resourceNotFound(type, name, group);
}

interface GenericResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly provisioningState: string;
}

/** Every top-level resource as the generic list shows it. */
export function resources(cloud: Cloud, group?: string): readonly GenericResource[] {
  const { world, servers, accounts, profiles, zones, plane } = cloud;
  const generic = (type: string, item: { readonly name: string; readonly group: string }, location: string) => ({
    id: resourceId(world.subscription, type, item),
    name: item.name,
    type,
    location,
  });
  const within = (item: { readonly group: string }) =>
    group === undefined || item.group.toLowerCase() === group.toLowerCase();
  return [
    ...servers.list(group).map((server) => ({
      ...generic(SERVER_TYPE, server, server.region),
      tags: server.tags,
      provisioningState: provisioning(serverState(server, plane)),
    })),
    ...accounts.list(group).map((account) => ({
      ...generic(STORAGE_TYPE, account, account.primary),
      kind: 'StorageV2',
      provisioningState: 'Succeeded',
    })),
    ...world.shops
      .filter(within)
      .map((shop) => ({ ...generic(SHOP_TYPE, shop, shop.region), kind: 'app', provisioningState: 'Succeeded' })),
    ...profiles.list(group).map((profile) => ({
      ...generic(PROFILE_TYPE, profile, 'global'),
      tags: profile.tags,
      provisioningState: 'Succeeded',
    })),
    ...cloud.vaults.records
      .list(group)
      .map((vault) => ({ ...generic(VAULT_TYPE, vault, vault.region), provisioningState: 'Succeeded' })),
    ...zones.list(group).map((zone) => ({
      ...generic(DNS_ZONE_TYPE, zone, 'global'),
      tags: zone.tags,
      provisioningState: 'Succeeded',
    })),
    ...serviceResources(cloud, group),
    ...computeResources(cloud, group),
  ];
}

const provisioning = (state: string) => (/ing$/.test(state) ? state : 'Succeeded');

const TAG_FILTER = /^tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?$/;

function filtered({ query }: ArmRequest, groups: readonly ResourceGroup[]): readonly ResourceGroup[] {
  const filter = query.get('$filter');
  if (filter === null) return groups;
  const [, name, value] = TAG_FILTER.exec(filter) ?? [];
  if (name === undefined)
    throw new Refusal(
      400,
      'InvalidFilterInQueryString',
      `expected "tagName eq 'x' and tagValue eq 'y'", found "${filter}"`,
    );
  return groups.filter(({ tags }) => tags[name] !== undefined && (value === undefined || tags[name] === value));
}
