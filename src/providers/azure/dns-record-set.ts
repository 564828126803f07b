// A record set of an Azure DNS zone as the control plane shows it, and as it is written.
import * as z from 'zod';
import type { Json, JsonObject } from '../../model/json.ts';
import { ProviderError } from '../provider-error.ts';

export const DNS_API_VERSION = '2018-05-01';
export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export interface RecordSet {
  /** `A www`. */
  readonly label: string;
  readonly etag: string;
  /** Seconds. */
  readonly ttl: number;
  /** Addresses or texts in order, or the one target of a CNAME. Empty for the types that this program does not know. */
  readonly values: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** True when its values follow a resource of Azure, which no write of values may end. */
  readonly followsResource: boolean;
}

const shape = z.object({
  name: z.string(),
  type: z.string(),
  etag: z.string(),
  properties: z.object({
    TTL: z.number(),
    metadata: z.record(z.string(), z.string()).nullish(),
    targetResource: z.object({ id: z.string().nullish() }).nullish(),
    ARecords: z.array(z.object({ ipv4Address: z.string() })).nullish(),
    AAAARecords: z.array(z.object({ ipv6Address: z.string() })).nullish(),
    CNAMERecord: z.object({ cname: z.string().nullish() }).nullish(),
    TXTRecords: z.array(z.object({ value: z.array(z.string()) })).nullish(),
  }),
});

/** Throws ProviderError `answer-invalid` when the answer is no record set. */
export function parseRecordSet(body: Json | undefined): RecordSet {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a DNS record set, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { name, type, etag, properties } = parsed.data;
  const values = [
    ...(properties.ARecords ?? []).map(({ ipv4Address }) => ipv4Address),
    ...(properties.AAAARecords ?? []).map(({ ipv6Address }) => ipv6Address),
    ...(properties.CNAMERecord?.cname ? [properties.CNAMERecord.cname] : []),
    ...(properties.TXTRecords ?? []).map(({ value }) => value.join('')),
  ];
  return {
    label: `${type.split('/').at(-1)} ${name}`,
    etag,
    ttl: properties.TTL,
    values: values.toSorted(),
    metadata: properties.metadata ?? {},
    followsResource: (properties.targetResource?.id ?? '') !== '',
  };
}

export interface WrittenSet {
  readonly ttl: number;
  readonly values: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

const TEXT_PIECE_CHARACTERS = 255;

/** Body of the request that makes a record set what it is to be. */
export const recordSetBody = (type: RecordType, { ttl, values, metadata }: WrittenSet): JsonObject => ({
  properties: { TTL: ttl, metadata: { ...metadata }, ...recordsOf(type, values) },
});

function recordsOf(type: RecordType, values: readonly string[]): JsonObject {
  if (type === 'A') return { ARecords: values.map((ipv4Address) => ({ ipv4Address })) };
  if (type === 'AAAA') return { AAAARecords: values.map((ipv6Address) => ({ ipv6Address })) };
  if (type === 'CNAME') return { CNAMERecord: { cname: values[0] ?? '' } };
  return { TXTRecords: values.map((value) => ({ value: piecesOf(value) })) };
}

const piecesOf = (text: string): string[] =>
  Array.from({ length: Math.max(1, Math.ceil(text.length / TEXT_PIECE_CHARACTERS)) }, (_, at) =>
    text.slice(at * TEXT_PIECE_CHARACTERS, (at + 1) * TEXT_PIECE_CHARACTERS),
  );

/** Whether two sets of values say the same: order, the case of names and the way an address is written do not matter. */
export function sameValues(type: RecordType, a: readonly string[], b: readonly string[]): boolean {
  const plain = (values: readonly string[]) =>
    values.map((value) => (type === 'TXT' ? value : plainValue(type, value))).toSorted();
  const [first, second] = [plain(a), plain(b)];
  return first.length === second.length && first.every((value, at) => value === second[at]);
}

/** An IPv6 address has many spellings and one canonical one (RFC 5952). */
const plainValue = (type: RecordType, value: string): string =>
  (type === 'AAAA' ? URL.parse(`http://[${value}]`)?.hostname : undefined) ?? value.toLowerCase().replace(/\.$/, '');
