// The jobs that this run's requests started. A job says which request it answers, so that one is never taken for another.
import type { ActionContext } from '../../../model/action.ts';
import { asAmbiguous, isArmError } from '../../arm/arm-error.ts';
import { pause } from '../../arm/door.ts';
import { decodeHandle, nextPoll, type OperationHandle, pollTarget } from '../../arm/operation.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { type BackupJob, isOver } from './backup-job.ts';
import { jobOver, spacedList } from './job-watch.ts';

const TROUBLE_WAIT_MS = 5000;

type Context = ActionContext<World>;

/** Jobs of every request that the run meant to send for this step, newest first; none when it never meant to. */
export async function ownJobs(vault: string, context: Context): Promise<readonly BackupJob[]> {
  const { requests = [], intendedAt, world, signal } = context;
  if (intendedAt === undefined || requests.length === 0) return [];
  const jobs = await spacedList(vault, intendedAt, world, signal);
  return jobs.filter(isOwn(requests)).toSorted((a, b) => b.startedAt - a.startedAt);
}

const isOwn = (requests: readonly string[]) => {
  const known = requests.map((id) => id.toLowerCase());
  return ({ activityId }: BackupJob): boolean => known.includes(activityId);
};

/** True when the newest job of a step answers the attempt at hand, and not an earlier one. */
export const isOfAttempt = ({ activityId }: BackupJob, { attemptedAt, requests = [] }: Context): boolean =>
  attemptedAt !== undefined && activityId === requests.at(-1)?.toLowerCase();

/** The job is over and did its work: what cannot be read of it now is there all the same. Errors that can pass become ambiguous. */
export async function afterJob<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isArmError(error) ? asAmbiguous(error) : error;
  }
}

/** What an action keeps to watch its job with; undefined after a lost reply. */
export type Handle = string | undefined;

/** Waits for the job of this step and resolves when it is over, however it ended. Throws ambiguous errors. */
export async function ownJobOver(vault: string, handle: Handle, context: Context): Promise<BackupJob> {
  const { world, signal, intendedAt, requests = [], now } = context;
  const id = handle === undefined ? undefined : await acceptedJob(decodeHandle(handle), context);
  const find = (jobs: readonly BackupJob[]) =>
    id === undefined ? currentOf(jobs, requests) : jobs.find((job) => job.id === id);
  return jobOver({ vault, since: intendedAt ?? now(), find }, world, signal);
}

/** Of this run's jobs for a step the one that still runs, whichever attempt began it, else the newest. Undefined: none is listed. */
function currentOf(jobs: readonly BackupJob[], requests: readonly string[]): BackupJob | undefined {
  const own = jobs.filter(isOwn(requests)).toSorted((a, b) => b.startedAt - a.startedAt);
  return own.find((job) => !isOver(job)) ?? own[0];
}

/** Waits until all of this run's jobs for the step are over: what they make cannot be removed before. */
export async function ownJobsOver(vault: string, context: Context): Promise<readonly BackupJob[]> {
  const { world, signal, intendedAt, now } = context;
  const jobs = await ownJobs(vault, context);
  const since = intendedAt ?? now();
  return Promise.all(
    jobs.map((job) =>
      isOver(job) ? job : jobOver({ vault, since, find: (all) => all.find(({ id }) => id === job.id) }, world, signal),
    ),
  );
}

/**
 * The operation ends within seconds and names the job that it started; undefined when its URL is forgotten. Throws ProviderError
 * `job-failed` when the service took the request and no job came of it.
 */
async function acceptedJob(handle: OperationHandle, { world, signal }: Context): Promise<string | undefined> {
  for (let current = handle; ; ) {
    try {
      const answer = await world.arm.get(pollTarget(current), signal);
      const poll = nextPoll(current, answer);
      if (poll.kind === 'failed')
        throw new ProviderError(
          'job-failed',
          `the request was taken and no job began: ${poll.error?.message ?? poll.word}`,
        );
      if (poll.kind === 'settled') return jobIdIn(answer.body);
      current = poll.handle;
      await pause(poll.afterMs, signal);
    } catch (error) {
      if (!isArmError(error)) throw error;
      if (error.code === 'arm-not-found') return undefined;
      if (!error.retryable) throw asAmbiguous(error);
      await pause(error.retryAfterMs ?? TROUBLE_WAIT_MS, signal);
    }
  }
}

function jobIdIn(body: unknown): string | undefined {
  const { jobId } = (body as { properties?: { jobId?: unknown } } | undefined)?.properties ?? {};
  return typeof jobId === 'string' && jobId !== '' ? jobId : undefined;
}
