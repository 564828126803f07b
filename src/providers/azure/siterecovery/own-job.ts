// Whose is a job? A drill never goes on with, and never ends, what somebody else began.
import type { ActionContext } from '../../../model/action.ts';
import type { World } from '../../world.ts';
import type { ReplicationJob } from './replication-job.ts';

export type Owner = 'own' | 'other' | 'unknown';

type Context = Pick<ActionContext<World>, 'intendedAt' | 'requests'>;

/** The id of the client's request, then that of the service: `{uuid} ActivityId: {uuid}`. */
const NAMED_REQUEST = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+ActivityId:/i;

/**
 * A job that names the request which began it is judged by that. Of any other one the time must do: what began before this run meant to
 * send anything is somebody else's, and of what began after it nobody else is known.
 */
export function ownerOf({ activityId, startedAt }: ReplicationJob, { intendedAt, requests = [] }: Context): Owner {
  const named = activityId.toLowerCase();
  if (requests.some((id) => named.includes(id.toLowerCase()))) return 'own';
  if (intendedAt === undefined || NAMED_REQUEST.test(activityId)) return 'other';
  if (Number.isNaN(startedAt)) return 'unknown';
  return startedAt >= intendedAt ? 'own' : 'other';
}
