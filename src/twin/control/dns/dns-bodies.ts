// DNS zones and record sets on the wire, as api-version 2018-05-01 has them.
import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';
import { DNS_ZONE_TYPE, resourceId } from '../../world/resource-ids.ts';
import { Refusal } from '../arm-reply.ts';
import { NAME_SERVERS, NEGATIVE_TTL_SECONDS } from './dns-answers.ts';
import { piecesOf } from './dns-server.ts';
import type { DnsZone, RecordSet, RecordType } from './dns-zones.ts';

const RECORD_SETS_MAX = 10_000;
const RECORDS_MAX = 20;
const TTL_SECONDS_MAX = 2_147_483_647;
/** Of the zone itself: its SOA and its name servers. */
const OWN_SETS = 2;

export const zoneBody = (subscription: string, zone: DnsZone) => ({
  id: resourceId(subscription, DNS_ZONE_TYPE, zone),
  name: zone.name,
  type: DNS_ZONE_TYPE,
  location: 'global',
  tags: zone.tags,
  etag: zone.etag,
  properties: {
    maxNumberOfRecordSets: RECORD_SETS_MAX,
    maxNumberOfRecordsPerRecordSet: RECORDS_MAX,
    numberOfRecordSets: zone.sets.length + OWN_SETS,
    nameServers: NAME_SERVERS.map((name) => `${name}.`),
    zoneType: 'Public',
  },
});

export const setBody = (subscription: string, zone: DnsZone, { name, type, ttl, values, metadata, etag }: RecordSet) =>
  bodyOf(subscription, zone, { name, type, etag, ttl, properties: { metadata, ...recordsOf(type, values) } });

/** The SOA and the name servers that every zone has. */
export const ownBodies = (subscription: string, zone: DnsZone) => [
  bodyOf(subscription, zone, {
    name: '@',
    type: 'NS',
    etag: zone.etag,
    ttl: 172_800,
    properties: { NSRecords: NAME_SERVERS.map((name) => ({ nsdname: `${name}.` })) },
  }),
  bodyOf(subscription, zone, {
    name: '@',
    type: 'SOA',
    etag: zone.etag,
    ttl: 3600,
    properties: {
      SOARecord: {
        host: `${NAME_SERVERS[0]}.`,
        email: 'azuredns-hostmaster.microsoft.com',
        serialNumber: 1,
        refreshTime: 3600,
        retryTime: 300,
        expireTime: 2_419_200,
        minimumTTL: NEGATIVE_TTL_SECONDS,
      },
    },
  }),
];

interface Shown {
  readonly name: string;
  readonly type: string;
  readonly etag: string;
  readonly ttl: number;
  readonly properties: object;
}

const bodyOf = (subscription: string, zone: DnsZone, { name, type, etag, ttl, properties }: Shown) => ({
  id: `${resourceId(subscription, DNS_ZONE_TYPE, zone)}/${type}/${name}`,
  name,
  type: `${DNS_ZONE_TYPE}/${type}`,
  etag,
  properties: {
    TTL: ttl,
    fqdn: `${name === '@' ? '' : `${name}.`}${zone.name}.`,
    provisioningState: 'Succeeded',
    targetResource: {},
    ...properties,
  },
});

function recordsOf(type: RecordType, values: readonly string[]): object {
  if (type === 'A') return { ARecords: values.map((ipv4Address) => ({ ipv4Address })) };
  if (type === 'AAAA') return { AAAARecords: values.map((ipv6Address) => ({ ipv6Address })) };
  if (type === 'CNAME') return { CNAMERecord: { cname: values[0] } };
  return { TXTRecords: values.map((value) => ({ value: piecesOf(value) })) };
}

const limited = <T extends z.ZodType>(item: T) => z.array(item).max(RECORDS_MAX).optional();
const setSchema = z.looseObject({
  properties: z.looseObject({
    metadata: z.record(z.string(), z.string()).optional(),
    TTL: z.int().min(1).max(TTL_SECONDS_MAX).optional(),
    targetResource: z.looseObject({ id: z.string().optional() }).optional(),
    ARecords: limited(z.looseObject({ ipv4Address: z.string().refine(isIPv4, 'expected an IPv4 address') })),
    AAAARecords: limited(z.looseObject({ ipv6Address: z.string().refine(isIPv6, 'expected an IPv6 address') })),
    CNAMERecord: z.looseObject({ cname: z.string().min(1).max(253) }).optional(),
    TXTRecords: limited(z.looseObject({ value: z.array(z.string()).min(1) })),
  }),
});

export interface AskedSet {
  readonly ttl: number | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly values: readonly string[] | undefined;
}

/** Throws Refusal 400 `BadRequest` for what is no record set, and `UnsupportedByTwin` for an alias to a resource. */
export function parseSet(type: RecordType, body: unknown): AskedSet {
  const parsed = setSchema.safeParse(body);
  if (!parsed.success) throw new Refusal(400, 'BadRequest', z.prettifyError(parsed.error));
  const { metadata, TTL, targetResource, ARecords, AAAARecords, CNAMERecord, TXTRecords } = parsed.data.properties;
  if (targetResource?.id !== undefined)
    throw new Refusal(400, 'UnsupportedByTwin', 'This twin has no record sets that follow a resource of Azure.');
  const found = {
    A: ARecords?.map(({ ipv4Address }) => ipv4Address),
    AAAA: AAAARecords?.map(({ ipv6Address }) => ipv6Address),
    CNAME: CNAMERecord === undefined ? undefined : [CNAMERecord.cname.replace(/\.$/, '')],
    TXT: TXTRecords?.map(({ value }) => value.join('')),
  };
  return { ttl: TTL, metadata, values: found[type] };
}
