// The blob service of an account: whether versions of its blobs are kept, and how far back they can be restored.
import * as z from 'zod';
import { resourceId, STORAGE_TYPE } from '../../world/resource-ids.ts';
import { invalidContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { checkAccountIdle, type StorageRecord } from '../storage-records.ts';

const DAYS_MAX = 365;
const days = z.int().min(1).max(DAYS_MAX);
const switched = z.looseObject({ enabled: z.boolean() });

const serviceSchema = z.looseObject({
  properties: z.strictObject({
    isVersioningEnabled: z.boolean().optional(),
    changeFeed: switched.optional(),
    deleteRetentionPolicy: switched.extend({ days: days.optional() }).optional(),
    restorePolicy: switched.extend({ days: days.optional() }).optional(),
  }),
});

export function readService({ plane, world }: Cloud, account: StorageRecord): Reply {
  const since = plane.storage.restorableSince(account.name);
  const { restorePolicy, ...others } = account.blobService ?? DEFAULTS;
  const shown =
    since === undefined ? { enabled: false } : { ...(restorePolicy as object), minRestoreTime: new Date(since) };
  return ok({
    id: `${resourceId(world.subscription, STORAGE_TYPE, account)}/blobServices/default`,
    name: 'default',
    type: `${STORAGE_TYPE}/blobServices`,
    properties: { ...others, ...(since === undefined ? {} : { isVersioningEnabled: true }), restorePolicy: shown },
  });
}

/** A world that keeps versions from its beginning has what Azure demands for it. */
const DEFAULTS: Readonly<Record<string, unknown>> = { restorePolicy: { enabled: true, days: 7 } };

/** Azure restores only where versions, the change feed and a retention that is longer are switched on too. */
export async function writeService(cloud: Cloud, { body, signal }: ArmRequest, account: StorageRecord): Promise<Reply> {
  const parsed = serviceSchema.safeParse(body);
  if (!parsed.success)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin changes isVersioningEnabled, changeFeed, deleteRetentionPolicy and restorePolicy alone: ${z.prettifyError(parsed.error)}`,
    );
  checkAccountIdle(account);
  const { properties } = parsed.data;
  const { restorePolicy, deleteRetentionPolicy, changeFeed, isVersioningEnabled = false } = properties;
  const isRestorable = restorePolicy?.enabled ?? false;
  const keptDays = deleteRetentionPolicy?.enabled ? (deleteRetentionPolicy.days ?? 0) : 0;
  if (isRestorable && !(isVersioningEnabled && changeFeed?.enabled && keptDays > (restorePolicy?.days ?? 0)))
    throw invalidContent(
      'A restore policy needs isVersioningEnabled, changeFeed, and a deleteRetentionPolicy with more days than its own.',
    );
  await cloud.plane.storage.setVersioning(account.name, isVersioningEnabled, signal);
  account.blobService = { ...properties, restorePolicy: restorePolicy ?? { enabled: false } };
  return readService(cloud, account);
}

/** Throws Refusal 409 when the account's blobs cannot be restored. */
export function requireRestorable({ plane }: Cloud, { name, blobService }: StorageRecord): number {
  const since = plane.storage.restorableSince(name);
  const policy = (blobService ?? DEFAULTS)['restorePolicy'] as { readonly enabled: boolean };
  if (since === undefined || !policy.enabled)
    throw new Refusal(409, 'BlobRestoreNotEnabled', `The account '${name}' has no restore policy for its blobs.`);
  return since;
}
