import type { ActionContext } from '../../model/action.ts';
import { isArmError } from '../arm/arm-error.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import { type FlexibleServer, findServer, isChanging, sendToServer } from './flexible-server.ts';

const POLL_MS = 2000;

/**
 * Deletes a server and resolves once the control plane no longer knows it: true when it stood. Throws ProviderError `name-taken`, before
 * anything is sent, when it is not ours. The signal is the deadline.
 */
export async function removeServer(
  id: string,
  isOurs: (server: FlexibleServer) => boolean,
  context: ActionContext<World>,
): Promise<boolean> {
  const { world, signal } = context;
  let stood = false;
  for (let seen = await findServer(world, id, signal); seen !== undefined; seen = await findServer(world, id, signal)) {
    stood = true;
    if (!isOurs(seen))
      throw new ProviderError(
        'name-taken',
        `expected a server of this run at ${id}, found one that it did not make; it is left alone`,
      );
    // A server that is being made refuses its deletion, and one that is being deleted needs no second one.
    if (isChanging(seen)) await pause(POLL_MS, signal);
    else await deleteOnce(id, context);
  }
  return stood;
}

async function deleteOnce(id: string, context: ActionContext<World>): Promise<void> {
  const started = await sendToServer(id, { method: 'DELETE', path: id }, context);
  if (started.kind !== 'accepted' || started.handle === undefined) return;
  try {
    await watchOperation(context.world.arm, decodeHandle(started.handle), context.signal);
  } catch (error) {
    // The end of a deletion is that its resource cannot be read any more.
    if (!isArmError(error, 'arm-not-found')) throw error;
  }
}
