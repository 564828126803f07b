// A storage account as the control plane shows it.
import * as z from 'zod';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Target } from '../arm/allowed-url.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';

const STORAGE_API_VERSION = '2025-01-01';

export interface StorageAccount {
  /** Region that takes writes. */
  readonly primary: string;
  readonly secondary: string | undefined;
  readonly sku: string;
  readonly failoverInProgress: boolean;
  /** Live, Bootstrap, Unavailable; undefined when the account is locally redundant. */
  readonly replication: string | undefined;
  /** RFC 3339; what was acknowledged before it is on the secondary. */
  readonly lastSyncTime: string | undefined;
  readonly canFailover: boolean;
}

const text = z.string().nullish();
const shape = z.object({
  sku: z.object({ name: z.string() }),
  properties: z.object({
    primaryLocation: z.string(),
    secondaryLocation: text,
    failoverInProgress: z.boolean().nullish(),
    geoReplicationStats: z.object({ status: text, lastSyncTime: text, canFailover: z.boolean().nullish() }).nullish(),
  }),
});

/** With `$expand`, which only the path can carry. */
export const accountTarget = (id: string): Target => ({
  path: `${id}?$expand=geoReplicationStats`,
  apiVersion: STORAGE_API_VERSION,
});

/** With what became of the latest restore of its blobs. */
export const restoreTarget = (id: string): Target => ({
  path: `${id}?$expand=blobRestoreStatus`,
  apiVersion: STORAGE_API_VERSION,
});

export const accountApiVersion = STORAGE_API_VERSION;

/** Throws ProviderError `answer-invalid` when it is no storage account. */
export function parseAccount(body: Json | undefined): StorageAccount {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a storage account, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { sku, properties } = parsed.data;
  const stats = properties.geoReplicationStats;
  return {
    primary: properties.primaryLocation,
    secondary: properties.secondaryLocation ?? undefined,
    sku: sku.name,
    failoverInProgress: properties.failoverInProgress ?? false,
    replication: stats?.status ?? undefined,
    lastSyncTime: stats?.lastSyncTime ?? undefined,
    canFailover: stats?.canFailover ?? false,
  };
}

export const getAccount = async (world: World, id: string, signal: AbortSignal): Promise<StorageAccount> =>
  parseAccount((await world.arm.get(accountTarget(id), signal)).body);

export const describeAccount = ({ sku, primary, secondary, failoverInProgress }: StorageAccount): string =>
  `${sku} in ${primary}${secondary === undefined ? '' : `, copied to ${secondary}`}${failoverInProgress ? ', failing over' : ''}`;

/** What a step that changed an account leaves in the journal. */
export const accountOutput = (id: string, account: StorageAccount): JsonObject => ({
  account: id,
  sku: account.sku,
  primary: account.primary,
  secondary: account.secondary ?? null,
  lastSyncTime: account.lastSyncTime ?? null,
});
