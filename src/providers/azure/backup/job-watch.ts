// Jobs run for minutes to hours, and their vault may be read 450 times an hour: one list call serves everybody who waits in this process.
import { performance } from 'node:perf_hooks';
import { asAmbiguous, isArmError } from '../../arm/arm-error.ts';
import { pause } from '../../arm/door.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { type BackupJob, isOver } from './backup-job.ts';
import { listJobs } from './job-list.ts';

/** 240 looks an hour at most. A twin says itself how soon it can be asked again. */
const LOOK_EVERY_MS = 15_000;
const LOOK_EVERY_TWIN_MS_MIN = 500;
const TROUBLE_WAIT_MS = 15_000;

interface Waiter {
  readonly since: number;
  readonly find: Meant['find'];
  readonly settle: (job: BackupJob) => void;
  readonly fail: (error: unknown) => void;
}

interface Watch {
  readonly waiters: Set<Waiter>;
  stop: AbortController | undefined;
  /** Monotonic milliseconds before which the vault is not asked again, whoever waits. */
  notBefore: number;
}

/** One watch for each vault of each world. */
const watches = new WeakMap<World, Map<string, Watch>>();

export interface Meant {
  readonly vault: string;
  /** Epoch ms; the job did not begin before it. */
  readonly since: number;
  /** Of the jobs of the vault the one that is waited for; undefined while it is not among them. */
  readonly find: (jobs: readonly BackupJob[]) => BackupJob | undefined;
}

/**
 * Resolves with the job that is meant as soon as it is over, however it ended. Throws an ambiguous ArmError when the vault cannot be asked
 * any more, and `arm-aborted` when the signal fires.
 */
export function jobOver({ vault, since, find }: Meant, world: World, signal: AbortSignal): Promise<BackupJob> {
  const watch = watchOf(world, vault);
  return new Promise((resolve, reject) => {
    const end = () => {
      watch.waiters.delete(waiter);
      signal.removeEventListener('abort', onAbort);
      if (watch.waiters.size === 0) watch.stop?.abort();
    };
    const onAbort = () => {
      end();
      // The door's own words for a wait that was stopped.
      pause(0, signal).then(() => reject(signal.reason), reject);
    };
    const waiter: Waiter = {
      since,
      find,
      settle: (job) => {
        end();
        resolve(job);
      },
      fail: (error) => {
        end();
        reject(error);
      },
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    watch.waiters.add(waiter);
    if (watch.stop === undefined || watch.stop.signal.aborted) void look(watch, vault, world);
  });
}

function watchOf(world: World, vault: string): Watch {
  const known = watches.get(world) ?? new Map<string, Watch>();
  watches.set(world, known);
  const key = vault.toLowerCase();
  const watch = known.get(key) ?? { waiters: new Set<Waiter>(), stop: undefined, notBefore: 0 };
  known.set(key, watch);
  return watch;
}

/** Goes on until nobody waits. */
async function look(watch: Watch, vault: string, world: World): Promise<void> {
  const stop = new AbortController();
  watch.stop = stop;
  while (!stop.signal.aborted) {
    await lookOnce(watch, { vault, world, signal: stop.signal });
  }
}

interface Looking {
  readonly vault: string;
  readonly world: World;
  readonly signal: AbortSignal;
}

/** Tells those whose job is over. */
async function lookOnce(watch: Watch, { vault, world, signal }: Looking): Promise<void> {
  try {
    const since = Math.min(...[...watch.waiters].map((waiter) => waiter.since));
    const jobs = await spacedList(vault, since, world, signal);
    for (const waiter of [...watch.waiters]) {
      const job = waiter.find(jobs);
      if (job !== undefined && isOver(job)) waiter.settle(job);
    }
  } catch (error) {
    if (signal.aborted) return;
    // Anything that can pass is waited out: a vault that is asked too often says when it may be asked again.
    if (isArmError(error) && error.retryable) {
      watch.notBefore = performance.now() + Math.max(error.retryAfterMs ?? 0, TROUBLE_WAIT_MS);
      return;
    }
    for (const waiter of [...watch.waiters]) waiter.fail(undecided(error));
  }
}

/** Every job since an instant (epoch ms), with the same distance between two looks as for those who wait. Throws ArmError. */
export async function spacedList(
  vault: string,
  since: number,
  world: World,
  signal: AbortSignal,
): Promise<readonly BackupJob[]> {
  const watch = watchOf(world, vault);
  // Whoever wakes first moves the instant on, and the others wait again.
  while (performance.now() < watch.notBefore) await pause(Math.ceil(watch.notBefore - performance.now()), signal);
  watch.notBefore = performance.now() + LOOK_EVERY_MS;
  const { jobs, waitMs } = await listJobs(vault, since, world, signal);
  watch.notBefore = performance.now() + intervalMs(world, waitMs);
  return jobs;
}

/** The job goes on, whatever kept us from seeing it. */
function undecided(error: unknown): unknown {
  if (isArmError(error)) return asAmbiguous(error);
  return error instanceof ProviderError ? new ProviderError(error.code, error.message, { ambiguous: true }) : error;
}

const intervalMs = ({ environment }: Pick<World, 'environment'>, asked: number | undefined): number =>
  environment.kind === 'twin' && asked !== undefined
    ? Math.max(asked, LOOK_EVERY_TWIN_MS_MIN)
    : Math.max(asked ?? 0, LOOK_EVERY_MS);
