import type { Resolver } from 'node:dns/promises';
import type { Json } from '../../model/json.ts';

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'TXT', 'MX'] as const;
type RecordType = (typeof RECORD_TYPES)[number];

export interface Answer {
  /** NXDOMAIN: there is no such name. NODATA: there is, without records of this type. */
  readonly status: 'NOERROR' | 'NODATA' | 'NXDOMAIN';
  /** Addresses, names or texts in order; of MX `{ priority, exchange }`. */
  readonly records: readonly Json[];
  /** Seconds, the least of all records; null where the library does not tell it. */
  readonly ttl: number | null;
}

/** Absence is an answer; everything else that is no answer is thrown as the resolver says it. */
export async function readRecords(resolver: Resolver, name: string, type: RecordType): Promise<Answer> {
  try {
    return { status: 'NOERROR', ...(await READERS[type](resolver, name)) };
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOTFOUND') return { status: 'NXDOMAIN', records: [], ttl: null };
    if (code === 'ENODATA') return { status: 'NODATA', records: [], ttl: null };
    throw error;
  }
}

type Read = (resolver: Resolver, name: string) => Promise<Omit<Answer, 'status'>>;

const READERS: Readonly<Record<RecordType, Read>> = {
  A: async (resolver, name) => withTtl(await resolver.resolve4(name, { ttl: true })),
  AAAA: async (resolver, name) => withTtl(await resolver.resolve6(name, { ttl: true })),
  CNAME: async (resolver, name) => ({ records: (await resolver.resolveCname(name)).toSorted(), ttl: null }),
  // A long text travels in pieces of 255 bytes that belong together (RFC 7208, section 3.3).
  TXT: async (resolver, name) => ({
    records: (await resolver.resolveTxt(name)).map((pieces) => pieces.join('')).toSorted(),
    ttl: null,
  }),
  MX: async (resolver, name) => ({
    records: (await resolver.resolveMx(name))
      .map(({ priority, exchange }) => ({ priority, exchange }))
      .toSorted((a, b) => a.priority - b.priority || (a.exchange < b.exchange ? -1 : 1)),
    ttl: null,
  }),
};

const withTtl = (found: readonly { readonly address: string; readonly ttl: number }[]) => ({
  records: found.map(({ address }) => address).toSorted(),
  ttl: Math.min(...found.map(({ ttl }) => ttl)),
});
