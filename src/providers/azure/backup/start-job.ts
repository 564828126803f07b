import type { ActionContext, Started } from '../../../model/action.ts';
import type { Json } from '../../../model/json.ts';
import { encodeHandle, openHandle, resourceHandle } from '../../arm/operation.ts';
import type { World } from '../../world.ts';
import { BACKUP_API_VERSION, backupTarget } from './protected-machine.ts';

/** Sends the one request that starts a job. The handle leads to the operation that names the job. */
export async function startJob(
  path: string,
  body: Json,
  { world, requestId, signal }: ActionContext<World>,
): Promise<Started> {
  const answer = await world.arm.mutate(
    { method: 'POST', path, body, apiVersion: BACKUP_API_VERSION, requestId },
    signal,
  );
  const target = backupTarget(path);
  return { kind: 'accepted', handle: encodeHandle(openHandle(answer, target) ?? resourceHandle(target)) };
}
