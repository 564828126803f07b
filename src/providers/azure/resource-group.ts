// A resource group as the control plane shows it, and the calls that its actions share.
import * as z from 'zod';
import type { ActionContext } from '../../model/action.ts';
import type { Json } from '../../model/json.ts';
import { GROUP_TYPE } from '../../model/resource-id.ts';
import type { Target } from '../arm/allowed-url.ts';
import { isArmError } from '../arm/arm-error.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle, resourceHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput } from '../resource-input.ts';
import type { World } from '../world.ts';

export const GROUP_API_VERSION = '2025-04-01';
export const groupInput = resourceInput(GROUP_TYPE);
const POLL_MS = 2000;

export interface ResourceGroup {
  readonly location: string;
  /** Succeeded, Deleting, … */
  readonly provisioningState: string;
  readonly tags: Record<string, string>;
}

const shape = z.object({
  location: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({ provisioningState: z.string().nullish() }).nullish(),
});

/** Throws ProviderError `answer-invalid` when the answer is no resource group. */
export function parseGroup(body: Json | undefined): ResourceGroup {
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw new ProviderError('answer-invalid', 'expected a resource group, found something else');
  const { location, tags, properties } = parsed.data;
  return { location, provisioningState: properties?.provisioningState ?? 'Unknown', tags: tags ?? {} };
}

export const groupTarget = (id: string): Target => ({ path: id, apiVersion: GROUP_API_VERSION });

export async function findGroup(world: World, id: string, signal: AbortSignal): Promise<ResourceGroup | undefined> {
  try {
    return parseGroup((await world.arm.get(groupTarget(id), signal)).body);
  } catch (error) {
    if (isArmError(error, 'arm-not-found')) return undefined;
    throw error;
  }
}

export const isDeleting = ({ provisioningState }: ResourceGroup): boolean =>
  /^(deleting|deprovisioning)$/i.test(provisioningState);

/** Sends the one request that deletes a group with everything in it. Returns the handle of the operation. */
export async function sendDeletion(id: string, { world, requestId, signal }: ActionContext<World>): Promise<string> {
  const answer = await world.arm.mutate({ ...groupTarget(id), method: 'DELETE', requestId }, signal);
  return encodeHandle(openHandle(answer, groupTarget(id)) ?? resourceHandle(groupTarget(id)));
}

/** Waits until the group cannot be read any more. Throws ArmError when the deletion failed. The signal is the deadline. */
export async function untilGone(
  id: string,
  handle: string | undefined,
  { world, signal }: ActionContext<World>,
): Promise<void> {
  try {
    if (handle !== undefined) await watchOperation(world.arm, decodeHandle(handle), signal);
  } catch (error) {
    // The end of a deletion is that its resource cannot be read any more.
    if (!isArmError(error, 'arm-not-found')) throw error;
  }
  for (let seen = await findGroup(world, id, signal); seen !== undefined; seen = await findGroup(world, id, signal)) {
    if (!isDeleting(seen))
      throw new ProviderError('group-failed', `expected ${id} to be deleted, found it ${seen.provisioningState}`);
    await pause(POLL_MS, signal);
  }
}
