// The one request of an action on a recovery plan or an item, and the job that it began.
import type { ActionContext, Started } from '../../../model/action.ts';
import type { Json } from '../../../model/json.ts';
import { sameResource } from '../../../model/resource-id.ts';
import { decodeHandle, encodeHandle, openHandle, resourceHandle } from '../../arm/operation.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { ownerOf } from './own-job.ts';
import { lastName, type ProtectedItem, readItems, siteTarget } from './protected-items.ts';
import { describeJob, getJob, isAtWork, jobOver, jobsSince, type ReplicationJob } from './replication-job.ts';

/** Sends once. `resource`: what the operation changes. */
export async function sendOnce(
  resource: string,
  path: string,
  body: Json | undefined,
  { world, requestId, signal }: ActionContext<World>,
): Promise<Started> {
  const mutation = { method: 'POST' as const, ...siteTarget(path), requestId, ...(body === undefined ? {} : { body }) };
  const answer = await world.arm.mutate(mutation, signal);
  const handle = openHandle(answer, siteTarget(resource)) ?? resourceHandle(siteTarget(resource));
  return { kind: 'accepted', handle: encodeHandle(handle) };
}

interface Meant {
  readonly of: string;
  readonly scenario: string;
}

/**
 * The job that the request began, once it is over. After a lost reply it is looked for among the vault's jobs. Throws ambiguous errors; when
 * a job is at work that does not say whose it is, not before that is over.
 */
export async function ownJobOver(
  { of, scenario }: Meant,
  handle: string | undefined,
  context: ActionContext<World>,
): Promise<ReplicationJob> {
  const named = jobIn(handle);
  if (named !== undefined) return jobOver(of, named, context);
  const jobs = await recentJobs({ of, scenario }, context);
  const own = jobs.find((job) => ownerOf(job, context) === 'own');
  if (own !== undefined) return jobOver(of, own.name, context);
  const atWork = jobs.find(isAtWork);
  const other = atWork === undefined ? undefined : await jobOver(of, atWork.name, context);
  const found = other === undefined ? 'none' : `${describeJob(other)}, which does not say that it is`;
  throw new ProviderError('job-failed', `expected a job (${scenario}) of this run on ${of}, found ${found}`, {
    ambiguous: true,
  });
}

/** Newest first; none when nothing was meant to be sent. */
async function recentJobs(meant: Meant, context: ActionContext<World>): Promise<readonly ReplicationJob[]> {
  if (context.intendedAt === undefined) return [];
  const items = await readItems(meant.of, context.world, context.signal);
  return jobsSince(meant, items, context);
}

/** The last name of the URL to watch is the name of the job. */
function jobIn(handle: string | undefined): string | undefined {
  if (handle === undefined) return undefined;
  const { asyncOperation, location } = decodeHandle(handle);
  const url = asyncOperation ?? location;
  return url === undefined ? undefined : lastName(url.replace(/[?#].*$/s, ''));
}

/** True when a job of the scenario is at work on the target, whoever began it: a second request would be refused. */
export async function jobAtWork(
  meant: Meant,
  items: readonly ProtectedItem[],
  context: ActionContext<World>,
): Promise<boolean> {
  const { world, signal } = context;
  const named = [...new Set(items.flatMap(({ job }) => job ?? []))];
  const jobs = await Promise.all(named.map((id) => getJob(meant.of, lastName(id), world, signal)));
  return jobs.some((job) => isAtWork(job) && sameResource(job.scenario, meant.scenario));
}
