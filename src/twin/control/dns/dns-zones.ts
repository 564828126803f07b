// DNS zones and their record sets as records of the control plane. The name server answers from them.
import { randomUUID } from 'node:crypto';
import { DNS_ZONE_TYPE } from '../../world/resource-ids.ts';
import type { World } from '../../world/world-schema.ts';
import { Refusal, resourceNotFound } from '../arm-reply.ts';

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export interface RecordSet {
  /** Relative to the zone; `@` is the zone itself. */
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  /** Addresses, texts, or the one target of a CNAME. */
  readonly values: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly etag: string;
}

export interface DnsZone {
  readonly name: string;
  readonly group: string;
  tags: Readonly<Record<string, string>>;
  etag: string;
  sets: readonly RecordSet[];
}

export class DnsZones {
  #zones: readonly DnsZone[];

  constructor({ dnsZones }: World) {
    this.#zones = dnsZones.map(({ name, group, records }) => ({
      ...newZone(name, group),
      sets: records.map((record) => ({
        name: record.name,
        type: record.type,
        ttl: record.ttl,
        values: record.type === 'CNAME' ? [record.target] : record.values,
        metadata: {},
        etag: randomUUID(),
      })),
    }));
  }

  list(group?: string): readonly DnsZone[] {
    return this.#zones.filter((zone) => group === undefined || same(zone.group, group));
  }

  find(group: string, name: string): DnsZone | undefined {
    return this.list(group).find((zone) => same(zone.name, name));
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): DnsZone {
    const zone = this.find(group, name);
    if (zone === undefined) throw resourceNotFound(DNS_ZONE_TYPE, name, group);
    return zone;
  }

  add(zone: DnsZone): void {
    this.#zones = [...this.#zones, zone];
  }

  remove(group: string, name: string): void {
    this.#zones = this.#zones.filter((zone) => !(same(zone.group, group) && same(zone.name, name)));
  }

  /** The zone that a full name belongs to: the longest, as a delegation would have it. */
  zoneOf(fqdn: string): DnsZone | undefined {
    const name = fqdn.toLowerCase();
    return this.#zones
      .filter((zone) => name === zone.name.toLowerCase() || name.endsWith(`.${zone.name.toLowerCase()}`))
      .toSorted((a, b) => b.name.length - a.name.length)[0];
  }
}

export const newZone = (name: string, group: string): DnsZone => ({
  name,
  group,
  tags: {},
  etag: randomUUID(),
  sets: [],
});

export const findSet = ({ sets }: DnsZone, type: string, name: string): RecordSet | undefined =>
  sets.find((set) => same(set.type, type) && same(set.name, name));

/** Puts a set in the place of the one with its name and type. */
export function storeSet(zone: DnsZone, set: RecordSet): void {
  removeSet(zone, set);
  zone.sets = [...zone.sets, set];
}

export function removeSet(zone: DnsZone, { type, name }: Pick<RecordSet, 'type' | 'name'>): void {
  zone.sets = zone.sets.filter((set) => !(set.type === type && same(set.name, name)));
}

/** Holds a change to the conditions of its request. Throws Refusal 412 `PreconditionFailed`. `etag`: of what stands. */
export function checkConditions(headers: Readonly<Record<string, string | undefined>>, etag: string | undefined): void {
  const wanted = headers['if-match'];
  const matches =
    wanted === undefined || wanted === '' || (etag !== undefined && (wanted === '*' || unquoted(wanted) === etag));
  if (matches && (headers['if-none-match'] !== '*' || etag === undefined)) return;
  throw new Refusal(412, 'PreconditionFailed', "The condition '[Etag]' in the request header(s) was not met.");
}

const unquoted = (etag: string) => etag.replaceAll(/^"|"$/g, '');
export const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
