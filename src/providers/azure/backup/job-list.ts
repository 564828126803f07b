import type { Json, JsonObject } from '../../../model/json.ts';
import { retryAfterMs } from '../../arm/retry-after.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { type BackupJob, filterTime, parseJob } from './backup-job.ts';
import { backupTarget } from './protected-machine.ts';

/** The clock of the service and ours may differ by so much. */
const CLOCKS_APART_MS = 10 * 60_000;
const WAIT_MS_MAX = 60_000;

export interface JobList {
  readonly jobs: readonly BackupJob[];
  /** How long the service asks to wait before the next look; undefined: it does not say. */
  readonly waitMs: number | undefined;
}

/** Every job of a vault that began since an instant (epoch ms, our clock), in one call and its further pages. */
export async function listJobs(vault: string, since: number, world: World, signal: AbortSignal): Promise<JobList> {
  const window = `startTime eq '${filterTime(since - CLOCKS_APART_MS)}' and endTime eq '${filterTime(Date.now() + CLOCKS_APART_MS)}'`;
  const path = `${vault}/backupJobs?$filter=${encodeURIComponent(window)}`;
  const { body, headers } = await world.arm.get(backupTarget(path), signal);
  const { value, nextLink } = (body ?? {}) as { readonly value?: Json; readonly nextLink?: Json };
  if (!Array.isArray(value)) throw new ProviderError('answer-invalid', 'expected a page of backup jobs, found none');
  const more: readonly JsonObject[] =
    typeof nextLink === 'string' && nextLink !== '' ? await world.arm.list({ path: nextLink }, signal) : [];
  return { jobs: [...value, ...more].map(parseJob), waitMs: retryAfterMs(headers, WAIT_MS_MAX) };
}
