import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { formatInstant } from '../../model/clock.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, STORAGE_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { accountApiVersion, restoreTarget } from './storage-account.ts';

const RANGES_MAX = 10;
const RANGE_LENGTH_MAX = 1100;
const POLL_MS = 2000;

const end = z.string().max(RANGE_LENGTH_MAX).default('');
const input = z.strictObject({
  account: resourceInput(STORAGE_TYPE),
  at: z
    .union([z.int().min(0), z.iso.datetime({ offset: true })])
    .describe('The point in time: RFC 3339, or milliseconds since 1970 as the outputs of steps have them'),
  ranges: z
    .array(
      z.strictObject({
        from: end.describe('container/blob, the first one; absent: from the beginning of the account'),
        to: end.describe('container/blob, the first one that is left alone; absent: to the end of the account'),
      }),
    )
    .min(1)
    .max(RANGES_MAX),
});
type Input = z.infer<typeof input>;

/** Block blobs of an account become what they were at an instant. What was written there since is gone from what people see. */
export const storagePointInTimeRestore = defineAction<Input, World>({
  name: 'azure/storage.point-in-time-restore',
  title: 'Restore blobs of a storage account to a point in time, in place',
  kind: 'write',
  input,
  writes: ({ account }) => [account],
  permissions: ['Microsoft.Storage/storageAccounts/read', 'Microsoft.Storage/storageAccounts/restoreBlobRanges/action'],
  undo: 'cannot-be-undone',
  changesDataRoles: false,
  // An estimate: no such restore is in recorded traffic, and it takes as long as there are changes to take back.
  forecast: { operation: 'POST Microsoft.Storage/storageAccounts/restoreBlobRanges', typicalMs: 600_000 },
  inspect,
  start: async (given, { world, requestId, signal }) => {
    const { account } = given;
    const change = { method: 'POST', path: `${account}/restoreBlobRanges`, apiVersion: accountApiVersion } as const;
    const answer = await world.arm.mutate({ ...change, body: bodyOf(given), requestId }, signal);
    const handle = openHandle(answer, restoreTarget(account));
    return { kind: 'accepted', handle: handle === undefined ? undefined : encodeHandle(handle) };
  },
  observe: async (given, handle, context) => {
    const { world, signal } = context;
    if (handle !== undefined) await watchOperation(world.arm, decodeHandle(handle), signal);
    for (;;) {
      const { seen } = await look(given, context);
      if (seen?.status === 'Complete' && isOurs(seen, given)) return outputOf(seen, given);
      if (seen?.status !== 'InProgress' || !isOurs(seen, given))
        throw new ProviderError(
          'restore-failed',
          `expected blobs of ${given.account} to be restored, found ${describe(seen)}`,
        );
      await pause(POLL_MS, signal);
    }
  },
});

const shape = z.object({
  properties: z.object({
    blobRestoreStatus: z
      .object({
        status: z.string(),
        restoreId: z.string().nullish(),
        failureReason: z.string().nullish(),
        parameters: z.object({
          timeToRestore: z.string(),
          blobRanges: z.array(z.object({ startRange: z.string(), endRange: z.string() })),
        }),
      })
      .nullish(),
  }),
});
type Restore = NonNullable<z.infer<typeof shape>['properties']['blobRestoreStatus']>;

async function look({ account }: Input, { world, signal }: ActionContext<World>) {
  const parsed = shape.safeParse((await world.arm.get(restoreTarget(account), signal)).body);
  if (!parsed.success) throw new ProviderError('answer-invalid', 'expected a storage account, found something else');
  return { seen: parsed.data.properties.blobRestoreStatus ?? undefined };
}

/**
 * A restore of the same ranges to the same instant that was there before this run meant to send one is somebody else's: the look before the
 * intent keeps its id.
 */
async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const { seen } = await look(given, context);
  const detail = `the latest restore of blobs of ${given.account} is ${describe(seen)}`;
  const isRunning = seen?.status === 'InProgress';
  const before = { restoreId: seen?.restoreId ?? null };
  if (seen === undefined || (!isRunning && (!isOurs(seen, given) || context.intendedAt === undefined)))
    return { finding: 'not-started', detail, before };
  if (!isOurs(seen, given) || context.intendedAt === undefined) return { finding: 'unknown', detail };
  const stood = keptId.safeParse(context.before);
  if (!stood.success) return { finding: 'unknown', detail };
  if (stood.data.restoreId === (seen.restoreId ?? null))
    return { finding: isRunning ? 'unknown' : 'not-started', detail, before };
  if (isRunning) return { finding: 'running', detail };
  return seen.status === 'Complete'
    ? { finding: 'done', detail, output: outputOf(seen, given) }
    : { finding: 'not-started', detail, before };
}

const keptId = z.object({ restoreId: z.string().nullable() });

const instantOf = ({ at }: Input): number => (typeof at === 'number' ? at : Date.parse(at));

const bodyOf = (given: Input): Json => ({
  timeToRestore: formatInstant(instantOf(given)),
  blobRanges: given.ranges.map(({ from, to }) => ({ startRange: from, endRange: to })),
});

const isOurs = ({ parameters }: Restore, given: Input): boolean =>
  Date.parse(parameters.timeToRestore) === instantOf(given) &&
  parameters.blobRanges.length === given.ranges.length &&
  parameters.blobRanges.every(
    ({ startRange, endRange }, index) =>
      startRange === given.ranges[index]?.from && endRange === given.ranges[index]?.to,
  );

const describe = (seen: Restore | undefined): string =>
  seen === undefined
    ? 'none'
    : `${seen.status}, to ${seen.parameters.timeToRestore}${seen.failureReason ? `: ${seen.failureReason}` : ''}`;

const outputOf = ({ restoreId }: Restore, given: Input): JsonObject => ({
  account: given.account,
  restoreId: restoreId ?? null,
  restoredTo: instantOf(given),
});
