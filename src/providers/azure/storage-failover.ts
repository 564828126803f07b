import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { Json } from '../../model/json.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle, resourceHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import { resourceInput, STORAGE_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  accountApiVersion,
  accountOutput,
  accountTarget,
  describeAccount,
  getAccount,
  parseAccount,
} from './storage-account.ts';

const POLL_MS = 2000;

const input = z.strictObject({
  account: resourceInput(STORAGE_TYPE),
  to: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,30}$/, 'expected the name of an Azure region, such as northeurope')
    .describe('Region that shall take writes: a failover that was done is told from one that was not'),
  mode: z
    .enum(['planned', 'unplanned'])
    .default('unplanned')
    .describe('planned waits for the copy and keeps it; unplanned may lose the newest writes and leaves no copy'),
});
type Input = z.infer<typeof input>;

/** The secondary of a geo-redundant storage account becomes its primary. */
export const storageFailover = defineAction<Input, World>({
  name: 'azure/storage.failover',
  title: 'Fail a storage account over to its secondary region',
  kind: 'write',
  input,
  writes: ({ account }) => [account],
  permissions: ['Microsoft.Storage/storageAccounts/read', 'Microsoft.Storage/storageAccounts/failover/action'],
  undo: 'failback',
  changesDataRoles: true,
  // An estimate: the end of a failover is in no recorded traffic.
  forecast: { operation: 'POST Microsoft.Storage/storageAccounts/failover', typicalMs: 3_600_000 },
  inspect,
  start: async ({ account, mode }, { world, requestId, signal }) => {
    // Afterwards the account does not tell any more how far its copy was.
    const { lastSyncTime } = await getAccount(world, account, signal);
    const path = `${account}/failover${mode === 'planned' ? '?failoverType=Planned' : ''}`;
    const answer = await world.arm.mutate({ method: 'POST', path, apiVersion: accountApiVersion, requestId }, signal);
    const handle = openHandle(answer, accountTarget(account)) ?? resourceHandle(accountTarget(account));
    return { kind: 'accepted', handle: withRecoveryPoint(encodeHandle(handle), lastSyncTime) };
  },
  observe: async ({ account, to }, handle, { world, signal, before }) => {
    const accepted = handle === undefined ? resourceHandle(accountTarget(account)) : decodeHandle(handle);
    const body = await watchOperation(world.arm, accepted, signal);
    let settled = readTaken(() => parseAccount(body));
    // An account says Succeeded of itself all the while, and its operation may end before it does.
    while (settled.failoverInProgress) {
      await pause(POLL_MS, signal);
      settled = await getAccount(world, account, signal);
    }
    if (settled.primary !== to)
      throw new ProviderError(
        'failover-failed',
        `expected ${account} to have its primary in ${to} after its failover, found ${describeAccount(settled)}`,
      );
    const sent = handle === undefined ? undefined : (JSON.parse(handle) as Json);
    return { ...accountOutput(account, settled), recoveredTo: recoveryPointIn(sent) ?? recoveryPointIn(before) };
  },
});

const recoveryPoint = z.object({ lastSyncTime: z.iso.datetime({ offset: true }).nullish() });

/** The handle carries what the failover goes back to, so that it survives the end of this process. */
const withRecoveryPoint = (handle: string, lastSyncTime: string | undefined): string =>
  JSON.stringify({ ...(JSON.parse(handle) as object), lastSyncTime });

/** Epoch ms: what was written before it is on the new primary. Null when nobody can tell. */
function recoveryPointIn(known: Json | undefined): number | null {
  const at = Date.parse(recoveryPoint.safeParse(known).data?.lastSyncTime ?? '');
  // Where no time is known, services answer with one of long before the epoch.
  return at > 0 ? at : null;
}

/** How far the copy was goes on record with the intent: afterwards the account does not tell it, and a handle may be lost with its process. */
async function inspect(
  { account, to }: Input,
  { world, signal, before: known }: ActionContext<World>,
): Promise<Inspection> {
  const seen = await getAccount(world, account, signal);
  const before = accountOutput(account, seen);
  const detail = `${account} is ${describeAccount(seen)}`;
  if (seen.failoverInProgress) return { finding: 'running', detail, before };
  if (seen.primary === to)
    return { finding: 'done', detail, before, output: { ...before, recoveredTo: recoveryPointIn(known) } };
  return { finding: seen.secondary === to && seen.canFailover ? 'not-started' : 'unknown', detail, before };
}
