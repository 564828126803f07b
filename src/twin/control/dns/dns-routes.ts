// Microsoft.Network/dnsZones and their record sets, as api-version 2018-05-01 has them. Record sets change at once, as on Azure.
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { DNS_ZONE_TYPE, resourceId } from '../../world/resource-ids.ts';
import { invalidContent, noContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { ownBodies, parseSet, setBody, zoneBody } from './dns-bodies.ts';
import {
  checkConditions,
  type DnsZone,
  findSet,
  newZone,
  RECORD_TYPES,
  type RecordSet,
  type RecordType,
  removeSet,
  same,
  storeSet,
} from './dns-zones.ts';

export const DNS_VERSIONS = ['2018-05-01'];
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${DNS_ZONE_TYPE}`;
const ZONE = `${GROUP}/{zone}`;
const SET = `${ZONE}/{type}/{name}`;
const ZONES_MAX = 100;
const SETS_MAX = 1000;
const NAME = /^(@|(\*|[a-z0-9_-]{1,63})(\.[a-z0-9_-]{1,63})*)$/i;

export function dnsZoneRoutes(cloud: Cloud): readonly Route[] {
  const { subscription } = cloud.world;
  const zoneOf = ({ names: { group = '', zone = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cloud.zones.get(group, zone);
  };
  const zones = (request: ArmRequest, group?: string) =>
    page(
      request,
      cloud.endpoint(),
      cloud.zones.list(group).map((zone) => zoneBody(subscription, zone)),
    );
  const sets = (request: ArmRequest) =>
    page(request, cloud.endpoint(), listSets(subscription, zoneOf(request), request));
  return served(DNS_VERSIONS, [
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/providers/${DNS_ZONE_TYPE}`,
      handle: (request) => zones(request),
    },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => zones(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    { method: 'GET', path: ZONE, handle: (request) => ok(zoneBody(subscription, zoneOf(request))) },
    { method: 'PUT', path: ZONE, handle: (request) => putZone(cloud, request) },
    { method: 'PATCH', path: ZONE, handle: (request) => patchZone(cloud, request, zoneOf(request)) },
    { method: 'DELETE', path: ZONE, handle: (request) => removeZone(cloud, request) },
    { method: 'GET', path: `${ZONE}/recordsets`, handle: sets },
    { method: 'GET', path: `${ZONE}/all`, handle: sets },
    { method: 'GET', path: `${ZONE}/{type}`, handle: sets },
    { method: 'GET', path: SET, handle: (request) => ok(getSet(subscription, zoneOf(request), request)) },
    { method: 'PUT', path: SET, handle: (request) => putSet(subscription, zoneOf(request), request) },
    { method: 'PATCH', path: SET, handle: (request) => patchSet(subscription, zoneOf(request), request) },
    { method: 'DELETE', path: SET, handle: (request) => deleteSet(zoneOf(request), request) },
  ]);
}

const zoneSchema = z.looseObject({
  location: z
    .string()
    .regex(/^global$/i, 'expected the location global')
    .optional(),
  tags: z.record(z.string(), z.string()).default({}),
  properties: z.looseObject({ zoneType: z.literal('Public').optional() }).optional(),
});

function putZone({ zones, groups, world }: Cloud, { names, body, headers }: ArmRequest): Reply {
  const group = groups.get(names['group'] ?? '').name;
  const name = names['zone'] ?? '';
  const parsed = zoneSchema.safeParse(body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  const standing = zones.find(group, name);
  checkConditions(headers, standing?.etag);
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name))
    throw new Refusal(400, 'BadRequest', `The zone name '${name}' is not valid.`);
  if (standing === undefined && zones.list().length >= ZONES_MAX)
    throw new Refusal(409, 'QuotaExceeded', `This twin has at most ${ZONES_MAX} DNS zones.`);
  const zone = standing ?? newZone(name.toLowerCase(), group);
  zone.tags = parsed.data.tags;
  zone.etag = randomUUID();
  if (standing === undefined) zones.add(zone);
  return { status: standing === undefined ? 201 : 200, body: zoneBody(world.subscription, zone) };
}

function patchZone({ world }: Cloud, { body, headers }: ArmRequest, zone: DnsZone): Reply {
  const parsed = zoneSchema.safeParse(body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  checkConditions(headers, zone.etag);
  zone.tags = parsed.data.tags;
  zone.etag = randomUUID();
  return ok(zoneBody(world.subscription, zone));
}

function removeZone(cloud: Cloud, request: ArmRequest): Reply {
  const group = cloud.groups.get(request.names['group'] ?? '').name;
  const zone = cloud.zones.find(group, request.names['zone'] ?? '');
  checkConditions(request.headers, zone?.etag);
  if (zone === undefined) return noContent;
  return cloud.operations.start(
    request,
    {
      operation: `DELETE ${DNS_ZONE_TYPE}`,
      label: 'DeleteDnsZone',
      provider: 'Microsoft.Network',
      location: 'global',
      resource: resourceId(cloud.world.subscription, DNS_ZONE_TYPE, zone),
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        cloud.zones.remove(zone.group, zone.name);
      },
      settle: () => undefined,
      result: () => undefined,
    },
    cloud.signal,
  );
}

function listSets(subscription: string, zone: DnsZone, { names: { type }, query }: ArmRequest): readonly object[] {
  const suffix = query.get('$recordsetnamesuffix') ?? '';
  const all = [...ownBodies(subscription, zone), ...zone.sets.map((set) => setBody(subscription, zone, set))];
  return all.filter(
    (body) =>
      (type === undefined || same(body.type, `${DNS_ZONE_TYPE}/${type}`)) &&
      body.name.toLowerCase().endsWith(suffix.toLowerCase()),
  );
}

function getSet(subscription: string, zone: DnsZone, { names: { type = '', name = '' } }: ArmRequest): object {
  const own = ownBodies(subscription, zone).find(
    (body) => same(body.type, `${DNS_ZONE_TYPE}/${type}`) && body.name === name,
  );
  const set = findSet(zone, type, name);
  if (set !== undefined) return setBody(subscription, zone, set);
  if (own !== undefined) return own;
  throw new Refusal(
    404,
    'NotFound',
    `The resource record '${name}' does not exist in resource group '${zone.group}' of zone '${zone.name}'.`,
  );
}

function putSet(subscription: string, zone: DnsZone, request: ArmRequest): Reply {
  const { type, name } = keyOf(request);
  const standing = findSet(zone, type, name);
  checkConditions(request.headers, standing?.etag);
  const { ttl, values, metadata = {} } = parseSet(type, request.body);
  if (ttl === undefined || values === undefined || values.length === 0)
    throw new Refusal(400, 'BadRequest', `expected TTL and the records of a record set of type ${type}`);
  return stored(subscription, zone, { name: standing?.name ?? name, type, ttl, values, metadata, etag: randomUUID() });
}

function patchSet(subscription: string, zone: DnsZone, request: ArmRequest): Reply {
  const { type, name } = keyOf(request);
  const standing = findSet(zone, type, name);
  checkConditions(request.headers, standing?.etag);
  if (standing === undefined) throw new Refusal(404, 'NotFound', `The resource record '${name}' does not exist.`);
  const { ttl = standing.ttl, values = standing.values, metadata = standing.metadata } = parseSet(type, request.body);
  return stored(subscription, zone, { ...standing, ttl, values, metadata, etag: randomUUID() });
}

function deleteSet(zone: DnsZone, request: ArmRequest): Reply {
  const { type, name } = keyOf(request);
  const standing = findSet(zone, type, name);
  checkConditions(request.headers, standing?.etag);
  if (standing === undefined) return noContent;
  removeSet(zone, standing);
  return { status: 200 };
}

function stored(subscription: string, zone: DnsZone, set: RecordSet): Reply {
  const standing = findSet(zone, set.type, set.name);
  const others = zone.sets.filter(({ name, type }) => same(name, set.name) && type !== set.type);
  if (others.some(({ type }) => type === 'CNAME') || (set.type === 'CNAME' && (others.length > 0 || set.name === '@')))
    throw new Refusal(
      400,
      'BadRequest',
      `The record could not be created: a CNAME must be the only record of '${set.name}'.`,
    );
  if (standing === undefined && zone.sets.length >= SETS_MAX)
    throw new Refusal(409, 'QuotaExceeded', `A zone of this twin has at most ${SETS_MAX} record sets.`);
  storeSet(zone, set);
  return { status: standing === undefined ? 201 : 200, body: setBody(subscription, zone, set) };
}

function keyOf({ names: { type = '', name = '' } }: ArmRequest): { readonly type: RecordType; readonly name: string } {
  const known = RECORD_TYPES.find((candidate) => same(candidate, type));
  if (known === undefined)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin changes record sets of type ${RECORD_TYPES.join(', ')}, not ${type}.`,
    );
  if (!NAME.test(name)) throw new Refusal(400, 'BadRequest', `The record set name '${name}' is not valid.`);
  return { type: known, name };
}
