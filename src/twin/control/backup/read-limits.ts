// The hourly limits of the Recovery Services gateway, as they were seen in recorded traffic of 2024. They come beside those of ARM.
import { performance } from 'node:perf_hooks';
import { Refusal } from '../arm-reply.ts';

const WINDOW_MS = 3600_000;
const JOB_READS_MAX = 450;
const READS_MAX = 300;

/** Reads of jobs, whether one or all: they share their limit. */
export const JOB_READS = 'Microsoft.RecoveryServices/vaults/backupJobs/read';

interface Window {
  readonly since: number;
  used: number;
}

/** Counts the reads of each action in fixed windows of an hour; the first read opens a window. */
export class ReadLimits {
  readonly #windows = new Map<string, Window>();

  /** Throws Refusal 429 `ResourceRequestsThrottled` when nothing is left. `now` is monotonic milliseconds. */
  admit(action: string, now: number = performance.now()): void {
    const known = this.#windows.get(action);
    const window = known !== undefined && now < known.since + WINDOW_MS ? known : { since: now, used: 0 };
    this.#windows.set(action, window);
    const limit = action === JOB_READS ? JOB_READS_MAX : READS_MAX;
    if (window.used >= limit) throw throttled(action, limit, Math.ceil((window.since + WINDOW_MS - now) / 1000));
    window.used += 1;
  }
}

const throttled = (action: string, limit: number, seconds: number) =>
  new Refusal(
    429,
    'ResourceRequestsThrottled',
    `Number of requests for action '${action}' exceeded the limit of '${limit}' for time interval '01:00:00'. Please try again after '${seconds}' seconds.`,
    { 'retry-after': String(seconds), 'x-ms-failure-cause': 'gateway' },
  );
