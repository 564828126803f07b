// Removes what restores of this run made, and nothing else: the service marks every disk that it restores with the name of the job.
import * as z from 'zod';
import type { ActionContext } from '../../../model/action.ts';
import type { JsonObject } from '../../../model/json.ts';
import { isArmError } from '../../arm/arm-error.ts';
import { pause } from '../../arm/door.ts';
import { openHandle, resourceHandle } from '../../arm/operation.ts';
import { watchOperation } from '../../arm/watch-operation.ts';
import { ProviderError } from '../../provider-error.ts';
import { DISK_TYPE } from '../../resource-input.ts';
import type { World } from '../../world.ts';
import type { BackupJob } from './backup-job.ts';
import { listInGroup } from './list-in-group.ts';
import { interfacesLeft, markInterfaces, type Restored } from './restored-interfaces.ts';
import { COMPUTE_API_VERSION, DISK_API_VERSION, findMachine, NETWORK_API_VERSION } from './restored-machine.ts';

const POLL_MS = 2000;
const JOB_TAG = 'RSVaultBackup';

type Context = ActionContext<World>;

const diskShape = z.object({
  id: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
});

/** Ids of the disks of a resource group that these jobs restored. `group`: ARM id. */
export async function disksOf(
  jobs: readonly BackupJob[],
  group: string,
  { world, signal }: Context,
): Promise<readonly string[]> {
  const listed = await listInGroup({ group, type: DISK_TYPE, apiVersion: DISK_API_VERSION }, world, signal);
  const parsed = z.array(diskShape).safeParse(listed);
  if (!parsed.success)
    throw new ProviderError('answer-invalid', `expected the disks of ${group}, found something else`);
  const names = jobs.map(({ id }) => id.toLowerCase());
  return parsed.data
    .filter(({ tags }) =>
      Object.entries(tags ?? {}).some(([key, value]) => isJobTag(key) && names.includes(value.toLowerCase())),
    )
    .map(({ id }) => id);
}

const isJobTag = (key: string): boolean => key.toLowerCase() === JOB_TAG.toLowerCase();

/** Deletes the disks and resolves when the control plane knows none of them any more. */
export async function removeDisks(ids: readonly string[], context: Context): Promise<void> {
  for (const id of ids) await removeOne(id, DISK_API_VERSION, context);
}

/**
 * Deletes a machine, and marks its network interfaces before, because they stay and could not be told from others afterwards. Throws
 * ProviderError `name-taken`, before anything is sent, when not all of its disks were restored by these jobs. Returns false when it did
 * not stand.
 */
export async function removeMachine(
  { machine: id, group }: Restored,
  disks: readonly string[],
  context: Context,
): Promise<boolean> {
  const found = await findMachine(id, context.world, context.signal);
  if (found === undefined) return false;
  const ours = disks.map((disk) => disk.toLowerCase());
  if (found.disks.length === 0 || !found.disks.every((disk) => ours.includes(disk.toLowerCase())))
    throw new ProviderError(
      'name-taken',
      `expected a machine with the disks that this run restored at ${id}, found another one; it is left alone`,
    );
  await markInterfaces(found, group, context);
  await removeOne(id, COMPUTE_API_VERSION, context);
  return true;
}

/** Deletes the network interfaces that the machine of this step left, also when it was deleted long before. Returns their ids. */
export async function removeInterfaces(restored: Restored, context: Context): Promise<readonly string[]> {
  const ids = await interfacesLeft(restored, context);
  for (const id of ids) await removeOne(id, NETWORK_API_VERSION, context);
  return ids;
}

/** Deletes, and looks until it is gone. A deletion that is under way needs no second one. */
async function removeOne(id: string, apiVersion: string, context: Context): Promise<void> {
  const { world, requestId, signal } = context;
  for (
    let state = await stateOf(id, apiVersion, context);
    state !== undefined;
    state = await stateOf(id, apiVersion, context)
  ) {
    if (/ing$/i.test(state)) {
      await pause(POLL_MS, signal);
      continue;
    }
    const target = { path: id, apiVersion };
    const answer = await world.arm.mutate({ method: 'DELETE', ...target, requestId }, signal);
    await watchOperation(world.arm, openHandle(answer, target) ?? resourceHandle(target), signal).catch(whenGone);
  }
}

/** The end of a deletion is that its resource cannot be read any more. */
function whenGone(error: unknown): void {
  if (!isArmError(error, 'arm-not-found')) throw error;
}

async function stateOf(id: string, apiVersion: string, { world, signal }: Context): Promise<string | undefined> {
  try {
    const { body } = await world.arm.get({ path: id, apiVersion }, signal);
    const { provisioningState } = (body as { properties?: JsonObject } | undefined)?.properties ?? {};
    return typeof provisioningState === 'string' ? provisioningState : 'Unknown';
  } catch (error) {
    if (isArmError(error, 'arm-not-found')) return undefined;
    throw error;
  }
}
