import type { JsonObject } from '../../../model/json.ts';
import { isArmError } from '../../arm/arm-error.ts';
import type { World } from '../../world.ts';
import { findGroup } from '../resource-group.ts';

interface Listed {
  /** ARM id. */
  readonly group: string;
  readonly type: string;
  readonly apiVersion: string;
}

/** Everything of a type in a resource group; nothing when the group itself is gone, as one is that the drill made and deleted. */
export async function listInGroup(
  { group, type, apiVersion }: Listed,
  world: World,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  try {
    return await world.arm.list({ path: `${group}/providers/${type}`, apiVersion }, signal);
  } catch (error) {
    if (isArmError(error, 'arm-not-found') && (await findGroup(world, group, signal)) === undefined) return [];
    throw error;
  }
}
