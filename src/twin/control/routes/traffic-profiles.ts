// Microsoft.Network/trafficManagerProfiles, as api-version 2022-04-01 has it. Everything is synchronous, as on Azure.
import { PROFILE_TYPE } from '../../world/resource-ids.ts';
import { ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { EndpointMonitor } from '../endpoint-monitor.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { ENDPOINT_KIND, endpointBody, profileBody } from '../traffic-bodies.ts';
import { endpointOf, newEndpoint, type ProfileRecord } from '../traffic-profiles.ts';
import { changeEndpoint, changeProfile, parseEndpointBody, parseProfileBody, shopOf } from '../traffic-requests.ts';

const VERSIONS = ['2022-04-01'];
const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${PROFILE_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${PROFILE_TYPE}`;
const PROFILE = `${GROUP}/{name}`;
const ENDPOINT = `${PROFILE}/${ENDPOINT_KIND}/{endpoint}`;
const ENDPOINTS_MAX = 20;

export function trafficProfileRoutes(cloud: Cloud, monitor: EndpointMonitor): readonly Route[] {
  const { subscription } = cloud.world;
  const profileOf = ({ names: { group = '', name = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cloud.profiles.get(group, name);
  };
  const view = (profile: ProfileRecord) => profileBody(subscription, profile);
  const listed = (request: ArmRequest, group?: string) =>
    page(request, cloud.endpoint(), cloud.profiles.list(group).map(view));
  const changed = (request: ArmRequest) => {
    const profile = profileOf(request);
    changeProfile(profile, parseProfileBody(request.body), cloud.world);
    monitor.steer();
    return ok(view(profile));
  };
  return served(VERSIONS, [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    { method: 'GET', path: PROFILE, handle: (request) => ok(view(profileOf(request))) },
    {
      method: 'PUT',
      path: PROFILE,
      handle: (request) => (exists(cloud, request) ? changed(request) : refuseNew(request)),
    },
    { method: 'PATCH', path: PROFILE, handle: changed },
    { method: 'GET', path: ENDPOINT, handle: (request) => viewEndpoint(subscription, profileOf(request), request) },
    { method: 'PUT', path: ENDPOINT, handle: (request) => putEndpoint(cloud, monitor, profileOf(request), request) },
    {
      method: 'PATCH',
      path: ENDPOINT,
      handle: (request) => patchEndpoint(cloud, monitor, profileOf(request), request),
    },
    { method: 'DELETE', path: ENDPOINT, handle: (request) => removeEndpoint(monitor, profileOf(request), request) },
  ]);
}

const exists = (cloud: Cloud, { names: { group = '', name = '' } }: ArmRequest) =>
  cloud.profiles
    .list(cloud.groups.get(group).name)
    .some((profile) => profile.name.toLowerCase() === name.toLowerCase());

function refuseNew({ names }: ArmRequest): never {
  throw new Refusal(
    400,
    'UnsupportedByTwin',
    `This twin serves the profiles of its world file and makes no others; '${names['name']}' is none of them.`,
  );
}

const viewEndpoint = (subscription: string, profile: ProfileRecord, { names }: ArmRequest): Reply =>
  ok(endpointBody(subscription, profile, endpointOf(profile, names['endpoint'] ?? '')));

function putEndpoint(cloud: Cloud, monitor: EndpointMonitor, profile: ProfileRecord, request: ArmRequest): Reply {
  const name = request.names['endpoint'] ?? '';
  if (profile.endpoints.some((endpoint) => endpoint.name.toLowerCase() === name.toLowerCase()))
    return patchEndpoint(cloud, monitor, profile, request);
  const asked = parseEndpointBody(request.body);
  const shop = shopOf(asked, cloud.world);
  if (shop === undefined)
    throw new Refusal(400, 'BadRequest', 'expected targetResourceId or target of a shop of this world, found neither');
  if (profile.endpoints.length >= ENDPOINTS_MAX)
    throw new Refusal(409, 'QuotaExceeded', `A profile of this twin has at most ${ENDPOINTS_MAX} endpoints.`);
  const last = Math.max(0, ...profile.endpoints.map(({ priority }) => priority));
  const endpoint = newEndpoint({
    name,
    shop: shop.name,
    group: shop.group,
    region: shop.region,
    priority: last + 1,
    status: 'Enabled',
  });
  changeEndpoint(endpoint, profile.endpoints, asked, cloud.world);
  profile.endpoints.push(endpoint);
  monitor.steer();
  return { status: 201, body: endpointBody(cloud.world.subscription, profile, endpoint) };
}

function patchEndpoint(cloud: Cloud, monitor: EndpointMonitor, profile: ProfileRecord, request: ArmRequest): Reply {
  const endpoint = endpointOf(profile, request.names['endpoint'] ?? '');
  changeEndpoint(endpoint, profile.endpoints, parseEndpointBody(request.body), cloud.world);
  monitor.steer();
  return viewEndpoint(cloud.world.subscription, profile, request);
}

function removeEndpoint(monitor: EndpointMonitor, profile: ProfileRecord, { names }: ArmRequest): Reply {
  const name = (names['endpoint'] ?? '').toLowerCase();
  const rest = profile.endpoints.filter((endpoint) => endpoint.name.toLowerCase() !== name);
  if (rest.length === profile.endpoints.length) return { status: 204 };
  profile.endpoints = rest;
  monitor.steer();
  return { status: 200 };
}
