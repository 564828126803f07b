import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { resourceId, STORAGE_TYPE } from '../../world/resource-ids.ts';
import { invalidContent, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { type BlobRestore, checkAccountIdle, type StorageRecord } from '../storage-records.ts';
import { requireRestorable } from './service.ts';

/** As Azure limits it. */
const RANGES_MAX = 10;
/** The blobs become what they were this long before the end of the operation, at most. */
const LEAD_MS = 500;

const restoreSchema = z.strictObject({
  timeToRestore: z.iso.datetime({ offset: true }),
  blobRanges: z
    .array(z.strictObject({ startRange: z.string(), endRange: z.string() }))
    .min(1)
    .max(RANGES_MAX),
});

/** Accepted at once; afterwards the account says with `$expand=blobRestoreStatus` what became of it. */
export function restoreBlobRanges(cloud: Cloud, request: ArmRequest, account: StorageRecord): Reply {
  const parsed = restoreSchema.safeParse(request.body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  checkAccountIdle(account);
  const at = Date.parse(parsed.data.timeToRestore);
  checkRestore(cloud, account, at);
  account.blobRestore = { status: 'InProgress', restoreId: randomUUID(), parameters: parsed.data };
  const reply = cloud.operations.start(request, planOf(cloud, account, at, account.blobRestore), cloud.signal);
  return { ...reply, body: account.blobRestore };
}

function planOf(cloud: Cloud, account: StorageRecord, at: number, asked: BlobRestore) {
  const end = (status: BlobRestore['status']) => {
    const why = status === 'Failed' ? { failureReason: 'The restore did not come to its end.' } : {};
    account.blobRestore = { ...asked, status, ...why };
  };
  return {
    operation: `POST ${STORAGE_TYPE}/restoreBlobRanges`,
    label: 'StorageAccountRestoreBlobRanges',
    provider: 'Microsoft.Storage',
    location: account.primary,
    resource: resourceId(cloud.world.subscription, STORAGE_TYPE, account),
    locationOnly: true,
    work: async (pace: {
      readonly untilBeforeEnd: (leadMs: number) => Promise<void>;
      readonly signal: AbortSignal;
    }) => {
      await pace.untilBeforeEnd(LEAD_MS);
      checkRestore(cloud, account, at);
      await cloud.plane.storage.restore(account.name, at, asked.parameters.blobRanges, pace.signal);
    },
    settle: () => end('Complete'),
    onFailed: () => end('Failed'),
    result: () => account.blobRestore,
  };
}

function checkRestore(cloud: Cloud, account: StorageRecord, at: number): void {
  const since = requireRestorable(cloud, account);
  const { name, primary } = account;
  if (at < since || at > Date.now())
    throw invalidContent(
      `The account '${name}' can be restored to instants from ${new Date(since).toISOString()} until now.`,
    );
  if (!cloud.plane.regions.isUp(primary))
    throw new Refusal(409, 'StorageAccountOperationInProgress', `The region ${primary} is not available.`);
  const policies = [...cloud.plane.storage.policies(name).values()];
  if (policies.some(({ retention, legalHold }) => retention !== undefined || legalHold.length > 0))
    throw new Refusal(409, 'BlobRestoreNotAllowed', `The account '${name}' has a container that is immutable.`);
}
