import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { parseResourceId } from '../../model/resource-id.ts';
import { isArmError } from '../arm/arm-error.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import { DNS_ZONE_TYPE, resourceInput } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  DNS_API_VERSION,
  parseRecordSet,
  RECORD_TYPES,
  type RecordSet,
  recordSetBody,
  sameValues,
} from './dns-record-set.ts';

const VALUES_MAX = 20;
const TTL_SECONDS_MAX = 2_147_483_647;
const TTL_SECONDS = 60;

const input = z
  .strictObject({
    zone: resourceInput(DNS_ZONE_TYPE),
    name: z.string().min(1).max(253).describe('Name in the zone: www; @ for the zone itself'),
    type: z.enum(RECORD_TYPES).default('A'),
    ttl: z.int().min(1).max(TTL_SECONDS_MAX).optional().describe('Seconds; as it is when absent, 60 for a new one'),
    values: z
      .array(z.string().min(1).max(1024))
      .min(1)
      .max(VALUES_MAX)
      .describe('Addresses, texts, or one target of a CNAME'),
  })
  .refine(({ type, values }) => type !== 'A' || values.every(isIPv4), 'expected IPv4 addresses for type A')
  .refine(({ type, values }) => type !== 'AAAA' || values.every(isIPv6), 'expected IPv6 addresses for type AAAA')
  .refine(({ type, values }) => type !== 'CNAME' || values.length === 1, 'expected one target for type CNAME');
type Input = z.infer<typeof input>;

/** Metadata of a record set says which step wrote it: its key stands here. */
const MARK = 'drillmaster-step';

/** What stood before; `present` false: nothing did. */
const beforeSchema = z.object({
  present: z.boolean(),
  ttl: z.number(),
  values: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
});
type Before = z.infer<typeof beforeSchema>;

/** Sets the values of a record set. Synchronous on Azure: clients see it when their entry's time to live ends. */
export const dnsRecord = defineAction<Input, World>({
  name: 'azure/dns.record',
  title: 'Set the values of a DNS record set',
  kind: 'write',
  input,
  writes: ({ zone }) => [zone],
  permissions: RECORD_TYPES.flatMap((type) =>
    ['read', 'write', 'delete'].map((verb) => `Microsoft.Network/dnsZones/${type}/${verb}`),
  ),
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'PUT Microsoft.Network/dnsZones/records', typicalMs: 1000 },
  inspect,
  start: async (given, context) => {
    const { world, key, requestId, signal } = context;
    const seen = await findSet(given, context);
    const known = inspected.get(world)?.get(key);
    const etag = known === undefined ? (seen?.etag ?? null) : known;
    const metadata = { ...seen?.metadata, [MARK]: key };
    const body = recordSetBody(given.type, {
      ttl: given.ttl ?? seen?.ttl ?? TTL_SECONDS,
      values: given.values,
      metadata,
    });
    const answer = await world.arm.mutate({ ...target(given), method: 'PUT', body, requestId, ifEtag: etag }, signal);
    return {
      kind: 'done',
      output: outputOf(
        given,
        readTaken(() => parseRecordSet(answer.body)),
      ),
    };
  },
  // Only a crash between a request and its answer leads here; the answer is what the record set says now.
  observe: async (given, _handle, context) => {
    const seen = await findSet(given, context);
    if (seen !== undefined && isWanted(given, seen)) return outputOf(given, seen);
    throw new ProviderError('record-changed', `expected ${describeGiven(given)}, found ${describe(seen)}`);
  },
  takeBack,
});

/**
 * The etag that was inspected last, by the key of its step: the write goes out on the condition that nobody changed the set since, so that
 * what is recorded as `before` is what was replaced. The engine inspects before every start, in the same process.
 */
const inspected = new WeakMap<World, Map<string, string | null>>();

async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const seen = await findSet(given, context);
  const known = inspected.get(context.world) ?? new Map<string, string | null>();
  inspected.set(context.world, known.set(context.key, seen?.etag ?? null));
  const detail = describe(seen);
  const before = beforeOf(seen);
  if (seen?.followsResource)
    return { finding: 'unknown', detail: `${detail}; it follows a resource of Azure and is left alone`, before };
  const ours = seen?.metadata[MARK] === context.key;
  if (seen !== undefined && isWanted(given, seen)) {
    // Not ours although we meant to send: somebody else wrote the same, and nobody can tell what became of our request.
    if (context.intendedAt !== undefined && !ours)
      return { finding: 'unknown', detail: `${detail}, not written by this step` };
    return { finding: 'done', detail, before, output: outputOf(given, seen) };
  }
  return ours
    ? { finding: 'unknown', detail: `${detail}, changed after this step wrote it` }
    : { finding: 'not-started', detail, before };
}

/** Puts back what stood before, on the condition that what this run wrote still stands. */
async function takeBack(given: Input, recorded: Json, context: ActionContext<World>): Promise<Json> {
  const before = beforeSchema.parse(recorded);
  const seen = await findSet(given, context);
  const after = {
    zone: given.zone,
    name: given.name,
    type: given.type,
    present: before.present,
    values: before.values,
  };
  if (isBefore(given, before, seen)) return after;
  if (seen === undefined || seen.metadata[MARK] !== context.key || !isWanted(given, seen))
    throw new ProviderError(
      'record-changed',
      `expected ${describeGiven(given)} as this step wrote it, found ${describe(seen)}; it is left alone`,
    );
  const { world, requestId, signal } = context;
  const condition = { ...target(given), requestId, ifEtag: seen.etag };
  await world.arm.mutate(
    before.present
      ? { ...condition, method: 'PUT', body: recordSetBody(given.type, before) }
      : { ...condition, method: 'DELETE' },
    signal,
  );
  return after;
}

const target = ({ zone, type, name }: Input) => ({
  path: `${zone}/${type}/${encodeURIComponent(name)}`,
  apiVersion: DNS_API_VERSION,
});

async function findSet(given: Input, { world, signal }: ActionContext<World>): Promise<RecordSet | undefined> {
  try {
    return parseRecordSet((await world.arm.get(target(given), signal)).body);
  } catch (error) {
    if (!isArmError(error, 'arm-not-found')) throw error;
  }
  // A zone that is not there is no place for a new record set.
  await world.arm.get({ path: given.zone, apiVersion: DNS_API_VERSION }, signal);
  return undefined;
}

const isWanted = (given: Input, seen: RecordSet): boolean =>
  sameValues(given.type, given.values, seen.values) && (given.ttl ?? seen.ttl) === seen.ttl;

const beforeOf = (seen: RecordSet | undefined): Before => ({
  present: seen !== undefined,
  ttl: seen?.ttl ?? TTL_SECONDS,
  values: [...(seen?.values ?? [])],
  metadata: { ...seen?.metadata },
});

function isBefore({ type }: Input, before: Before, seen: RecordSet | undefined): boolean {
  if (seen === undefined || !before.present) return seen === undefined && !before.present;
  const sameMark = seen.metadata[MARK] === before.metadata[MARK];
  return sameMark && seen.ttl === before.ttl && sameValues(type, before.values, seen.values);
}

const describe = (seen: RecordSet | undefined): string =>
  seen === undefined ? 'there is no such record set' : `${seen.label} is ${seen.values.join(', ')} for ${seen.ttl} s`;

const describeGiven = ({ type, name, values }: Input): string => `${type} ${name} to be ${values.join(', ')}`;

const outputOf = ({ zone, name, type }: Input, { ttl, values }: RecordSet): JsonObject => ({
  zone,
  name,
  type,
  fqdn: `${name === '@' ? '' : `${name}.`}${parseResourceId(zone)?.name ?? ''}`,
  ttl,
  values: [...values],
});
