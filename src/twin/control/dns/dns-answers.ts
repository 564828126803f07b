// What a name server answers: records, an alias and what it leads to, no such type (NODATA), no such name (NXDOMAIN). Pure.
import { type DnsZone, type DnsZones, type RecordType, same } from './dns-zones.ts';

export interface DnsRecord {
  readonly name: string;
  readonly type: RecordType | 'SOA' | 'NS';
  /** Seconds. */
  readonly ttl: number;
  readonly value: string;
}

export interface DnsAnswer {
  /** REFUSED: a name that this server knows nothing of, which is not the same as none. */
  readonly status: 'NOERROR' | 'NXDOMAIN' | 'REFUSED' | 'SERVFAIL';
  readonly answers: readonly DnsRecord[];
  /** Name of the zone whose SOA says how long an absence may be remembered. */
  readonly absentFrom: string | undefined;
}

/** A name outside of all zones: of a Traffic Manager profile, or of a host. */
export type KnownName =
  | { readonly kind: 'alias'; readonly target: string; readonly ttl: number }
  | { readonly kind: 'address'; readonly address: string; readonly ttl: number }
  | { readonly kind: 'nothing' };

export interface DnsSources {
  readonly zones: DnsZones;
  readonly known: (name: string) => KnownName | undefined;
}

export const NAME_SERVERS = [
  'ns1-01.azure-dns.com',
  'ns2-01.azure-dns.net',
  'ns3-01.azure-dns.org',
  'ns4-01.azure-dns.info',
];
export const NEGATIVE_TTL_SECONDS = 300;
const NS_TTL_SECONDS = 172_800;
const SOA_TTL_SECONDS = 3600;
const HOPS_MAX = 8;

/** Follows aliases as far as this server knows them; the rest is the asker's. `type`: of the question, `A`. */
export function answerQuestion(sources: DnsSources, asked: string, type: string): DnsAnswer {
  const answers: DnsRecord[] = [];
  for (let hop = 0, name = asked; hop < HOPS_MAX; hop++) {
    const found = lookUp(sources, name, type);
    if (found === undefined)
      return { status: answers.length > 0 ? 'NOERROR' : 'REFUSED', answers, absentFrom: undefined };
    answers.push(...found.records);
    const alias = found.records.find((record) => record.type === 'CNAME');
    if (alias === undefined || type === 'CNAME')
      return {
        status: found.exists ? 'NOERROR' : 'NXDOMAIN',
        answers,
        absentFrom: found.records.length > 0 ? undefined : found.zone,
      };
    name = alias.value;
  }
  return { status: 'SERVFAIL', answers: [], absentFrom: undefined };
}

interface Found {
  readonly exists: boolean;
  readonly records: readonly DnsRecord[];
  readonly zone: string | undefined;
}

function lookUp({ zones, known }: DnsSources, name: string, type: string): Found | undefined {
  const zone = zones.zoneOf(name);
  if (zone !== undefined) return inZone(zone, name, type);
  const host = known(name.toLowerCase());
  if (host === undefined) return undefined;
  if (host.kind === 'nothing') return { exists: true, records: [], zone: undefined };
  const record: DnsRecord =
    host.kind === 'alias'
      ? { name, type: 'CNAME', ttl: host.ttl, value: host.target }
      : { name, type: 'A', ttl: host.ttl, value: host.address };
  const fits = record.type === 'CNAME' || record.type === type;
  return { exists: true, records: fits ? [record] : [], zone: undefined };
}

function inZone(zone: DnsZone, name: string, type: string): Found {
  const relative = same(name, zone.name) ? '@' : name.slice(0, -zone.name.length - 1);
  const owner = ownerOf(zone, relative);
  if (owner === undefined)
    return { exists: relative === '@', records: apex(zone, name, relative, type), zone: zone.name };
  const sets = zone.sets.filter((set) => same(set.name, owner) && (set.type === type || set.type === 'CNAME'));
  const records = sets.flatMap((set) =>
    set.values.map((value): DnsRecord => ({ name, type: set.type, ttl: set.ttl, value })),
  );
  return { exists: true, records: [...records, ...apex(zone, name, relative, type)], zone: zone.name };
}

/** Whose records a name gets: its own, or those of a wildcard at its closest ancestor that exists (RFC 4592). */
function ownerOf({ sets }: DnsZone, relative: string): string | undefined {
  const exists = (owner: string) =>
    sets.some(({ name }) => same(name, owner) || name.toLowerCase().endsWith(`.${owner.toLowerCase()}`));
  if (exists(relative)) return relative;
  if (relative === '@') return undefined;
  const labels = relative.split('.');
  for (let cut = 1; cut <= labels.length; cut++) {
    const ancestor = labels.slice(cut).join('.');
    const wildcard = ancestor === '' ? '*' : `*.${ancestor}`;
    if (sets.some(({ name }) => same(name, wildcard))) return wildcard;
    if (ancestor !== '' && exists(ancestor)) return undefined;
  }
  return undefined;
}

function apex(zone: DnsZone, name: string, relative: string, type: string): readonly DnsRecord[] {
  if (relative !== '@') return [];
  if (type === 'NS')
    return NAME_SERVERS.map((value) => ({ name, type: 'NS', ttl: NS_TTL_SECONDS, value: `${value}.` }));
  return type === 'SOA' ? [{ name, type: 'SOA', ttl: SOA_TTL_SECONDS, value: zone.name }] : [];
}
