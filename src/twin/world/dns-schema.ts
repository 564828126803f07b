// DNS zones of a world file, as the twin's own name server answers for them.
import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';

const TTL_SECONDS_MAX = 2_147_483_647;
const TTL_SECONDS = 60;
const VALUES_MAX = 20;
const RECORDS_MAX = 200;
const TEXT_MAX = 1024;

const HOST = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i;
const RELATIVE = /^(@|(\*|[a-z0-9_-]{1,63})(\.[a-z0-9_-]{1,63})*)$/i;

const shared = {
  /** Relative to the zone: `www`, `@` for the zone itself, `*` for every name that has no records. */
  name: z.string().max(253).regex(RELATIVE, 'expected a name in the zone, such as www, @ or *'),
  /** Seconds. */
  ttl: z.int().min(1).max(TTL_SECONDS_MAX).default(TTL_SECONDS),
};
const values = (item: z.ZodString | z.ZodType<string>) => z.array(item).min(1).max(VALUES_MAX);

const record = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('A'),
    ...shared,
    values: values(z.string().refine(isIPv4, 'expected an IPv4 address')),
  }),
  z.strictObject({
    type: z.literal('AAAA'),
    ...shared,
    values: values(z.string().refine(isIPv6, 'expected an IPv6 address')),
  }),
  z.strictObject({ type: z.literal('TXT'), ...shared, values: values(z.string().min(1).max(TEXT_MAX)) }),
  z.strictObject({
    type: z.literal('CNAME'),
    ...shared,
    name: shared.name.refine((name) => name !== '@', 'expected another name: a zone itself can have no CNAME'),
    target: z.string().regex(HOST, 'expected a host name'),
  }),
]);

export const dnsZoneSchema = (groupName: z.ZodString) =>
  z.strictObject({
    name: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected the name of a zone, such as shop.example'),
    group: groupName,
    records: z.array(record).max(RECORDS_MAX).default([]),
  });
