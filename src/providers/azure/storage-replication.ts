import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, STORAGE_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  accountApiVersion,
  accountOutput,
  accountTarget,
  describeAccount,
  getAccount,
  type StorageAccount,
} from './storage-account.ts';

const POLL_MS = 2000;

const input = z.strictObject({
  account: resourceInput(STORAGE_TYPE),
  sku: z
    .enum(['Standard_GRS', 'Standard_RAGRS', 'Standard_GZRS', 'Standard_RAGZRS'])
    .default('Standard_RAGRS')
    .describe('Geo-redundancy; RA: the secondary can be read'),
});
type Input = z.infer<typeof input>;

/**
 * Makes an account geo-redundant again, as it must be made after an unplanned failover, and waits until its new copy holds what stood
 * there when it was asked for.
 */
export const storageReplication = defineAction<Input, World>({
  name: 'azure/storage.replication',
  title: 'Copy a storage account to its paired region again',
  kind: 'write',
  input,
  writes: ({ account }) => [account],
  permissions: ['Microsoft.Storage/storageAccounts/read', 'Microsoft.Storage/storageAccounts/write'],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  // An estimate: no such change is in recorded traffic, and the first copy takes as long as the account is large.
  forecast: { operation: 'PATCH Microsoft.Storage/storageAccounts', typicalMs: 3_600_000 },
  inspect,
  start: async ({ account, sku }, { world, requestId, signal }) => {
    const body = { sku: { name: sku } };
    const change = { method: 'PATCH', path: account, apiVersion: accountApiVersion, body, requestId } as const;
    const handle = openHandle(await world.arm.mutate(change, signal), accountTarget(account));
    return { kind: 'accepted', handle: handle === undefined ? undefined : encodeHandle(handle) };
  },
  observe: async (given, handle, context) => {
    const { world, signal } = context;
    if (handle !== undefined) await watchOperation(world.arm, decodeHandle(handle), signal);
    for (;;) {
      const seen = await getAccount(world, given.account, signal);
      const { finding, output } = judge(seen, given, context);
      if (finding === 'done' && output !== undefined) return output;
      if (finding !== 'running')
        throw new ProviderError(
          'replication-failed',
          `expected ${given.account} to be copied as ${given.sku}, found ${describeAccount(seen)}`,
        );
      await pause(POLL_MS, signal);
    }
  },
});

async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  return judge(await getAccount(context.world, given.account, context.signal), given, context);
}

function judge(seen: StorageAccount, given: Input, { attemptedAt }: ActionContext<World>): Inspection {
  const { sku, secondary, failoverInProgress, replication, lastSyncTime } = seen;
  const detail = `${given.account} is ${describeAccount(seen)}, replication ${replication ?? 'none'}, last sync ${lastSyncTime ?? 'unknown'}`;
  // What becomes of its redundancy is not known before the failover is over.
  if (failoverInProgress) return { finding: 'unknown', detail };
  if (sku !== given.sku) return { finding: 'not-started', detail };
  return isCopied(seen, attemptedAt ?? 0) && secondary !== undefined
    ? { finding: 'done', detail, output: accountOutput(given.account, seen) }
    : { finding: 'running', detail };
}

/** A new copy can be shown as Live with a time of long ago: it must hold what stood there when it was asked for. */
const isCopied = ({ replication, lastSyncTime, canFailover }: StorageAccount, since: number): boolean =>
  replication === 'Live' && canFailover && lastSyncTime !== undefined && Date.parse(lastSyncTime) >= since;
