// Whose is a job? A drill never goes on with, and never ends, what somebody else began.
import * as z from 'zod';
import type { ActionContext } from '../../../model/action.ts';
import { sameResource } from '../../../model/resource-id.ts';
import type { World } from '../../world.ts';
import { CLOCK_SKEW_MS, type ReplicationJob } from './replication-job.ts';

export type Owner = 'own' | 'other' | 'unknown';

type Context = Pick<ActionContext<World>, 'intendedAt' | 'requests' | 'output'>;

/** The id of the client's request, then that of the service: `{uuid} ActivityId: {uuid}`. */
const NAMED_REQUEST = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+ActivityId:/i;

/** The service's answer to a request named the job that it began, and the output of the step says which. */
const answered = z.object({ job: z.string() });

/**
 * A job is this run's when it names a request of this run, or when the service named it in its answer to one. It is somebody else's when it
 * names another request, or began before this run meant to send anything, whatever the clocks say. Of any other one nobody can tell.
 */
export function ownerOf(
  { name, activityId, startedAt }: ReplicationJob,
  { intendedAt, requests = [], output }: Context,
): Owner {
  const named = activityId.toLowerCase();
  if (requests.some((id) => named.includes(id.toLowerCase()))) return 'own';
  if (sameResource(answered.safeParse(output).data?.job ?? '', name)) return 'own';
  if (intendedAt === undefined || NAMED_REQUEST.test(activityId)) return 'other';
  return startedAt < intendedAt - CLOCK_SKEW_MS ? 'other' : 'unknown';
}
