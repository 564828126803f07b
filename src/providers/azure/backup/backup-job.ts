// A job of Azure Backup as its vault shows it.
import * as z from 'zod';
import type { Json } from '../../../model/json.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { backupTarget } from './protected-machine.ts';

export interface BackupJob {
  readonly id: string;
  /** Completed, CompletedWithWarnings, Failed, Cancelled, Cancelling, InProgress, … */
  readonly status: string;
  /** Backup, Restore, … */
  readonly operation: string;
  /** Epoch ms by the service's clock. */
  readonly startedAt: number;
  /** The `x-ms-client-request-id` of the request that started it, in lower case. */
  readonly activityId: string;
  /** Why it failed; empty when nobody said. */
  readonly reason: string;
  /** The service's own notes, only of a job that was asked for alone. */
  readonly bag: Readonly<Record<string, string>>;
}

const text = z.string().nullish();
const shape = z.object({
  name: z.string().min(1),
  properties: z.object({
    status: z.string(),
    operation: text,
    startTime: z.iso.datetime({ offset: true }),
    activityId: text,
    errorDetails: z
      .array(z.object({ errorTitle: text, errorString: text, errorCode: z.union([z.int(), z.string()]).nullish() }))
      .nullish(),
    extendedInfo: z.object({ propertyBag: z.record(z.string(), z.string()).nullish() }).nullish(),
  }),
});

/** Throws ProviderError `answer-invalid`. */
export function parseJob(body: Json | undefined): BackupJob {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a backup job, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { name, properties } = parsed.data;
  return {
    id: name,
    status: properties.status,
    operation: properties.operation ?? '',
    startedAt: Date.parse(properties.startTime),
    activityId: (properties.activityId ?? '').toLowerCase(),
    reason: (properties.errorDetails ?? [])
      .map(({ errorCode, errorTitle, errorString }) =>
        [errorTitle ?? errorCode, errorString].filter(Boolean).join(': '),
      )
      .join('; '),
    bag: properties.extendedInfo?.propertyBag ?? {},
  };
}

/** A job with its notes. */
export const getJob = async (vault: string, id: string, world: World, signal: AbortSignal): Promise<BackupJob> =>
  parseJob((await world.arm.get(backupTarget(`${vault}/backupJobs/${encodeURIComponent(id)}`), signal)).body);

/** InProgress and Cancelling go on; every other word is the end. */
export const isOver = ({ status }: BackupJob): boolean => !/^(InProgress|Cancelling|NotStarted)$/i.test(status);

/** Throws ProviderError `job-failed` unless the job did all that it was to do: warnings and parts are no success. */
export function checkCompleted(job: BackupJob): void {
  if (job.status === 'Completed') return;
  throw new ProviderError(
    'job-failed',
    `expected the job ${job.id} (${job.operation}) to be Completed, found ${job.status}${job.reason === '' ? '' : `, ${job.reason}`}`,
  );
}

/** A time as filters have it: `2026-11-21 02:05:00 PM`, UTC. */
export function filterTime(at: number): string {
  const [day = '', time = ''] = new Date(at).toISOString().split('T');
  const hours = Number(time.slice(0, 2));
  const hour = String(hours % 12 === 0 ? 12 : hours % 12).padStart(2, '0');
  return `${day} ${hour}${time.slice(2, 8)} ${hours < 12 ? 'AM' : 'PM'}`;
}
