// The jobs of a vault's replication. The name of a job is the id of the operation that its request answered with.
import type { ErrorData } from '../../../model/errors.ts';
import { resourceNotFound } from '../arm-reply.ts';
import { JOB_TYPE, type VaultPlace } from './ids.ts';
import { type ProtectedItem, same } from './site-records.ts';

export type Scenario =
  | 'TestFailover'
  | 'TestFailoverCleanup'
  | 'UnplannedFailover'
  | 'CommitFailover'
  | 'ReverseReplication';
export type JobState = 'InProgress' | 'Suspended' | 'Succeeded' | 'Failed';

export interface ReplicationJob extends VaultPlace {
  readonly name: string;
  readonly scenario: Scenario;
  /** `x-ms-client-request-id` of the request that began it. */
  readonly clientRequestId: string | undefined;
  readonly target: { readonly kind: 'ProtectionEntity' | 'RecoveryPlan'; readonly name: string; readonly id: string };
  readonly items: readonly ProtectedItem[];
  /** ARM id of the virtual network of a test failover. */
  readonly network: string | undefined;
  readonly startedAt: number;
  endedAt: number | undefined;
  state: JobState;
  /** `Completed`, `PartiallySucceeded`, `WaitingForStopTestFailover`; what its state alone does not tell. */
  description: string;
  /** What clients said when they cleaned up after it. */
  comments: string;
  errors: readonly (ErrorData & { readonly item?: string })[];
  /** What it made of each item. */
  made: readonly MadeMachine[];
}

export interface MadeMachine {
  readonly item: string;
  readonly machine: string;
  readonly point: string;
  readonly takenAt: number;
}

const JOBS_MAX = 1000;

export class ReplicationJobs {
  readonly #jobs: ReplicationJob[] = [];

  add(job: ReplicationJob): void {
    this.#jobs.push(job);
    const oldest = this.#jobs.findIndex(({ state }) => state !== 'InProgress' && state !== 'Suspended');
    if (this.#jobs.length > JOBS_MAX && oldest >= 0) this.#jobs.splice(oldest, 1);
  }

  /** Throws Refusal 404. */
  get(place: VaultPlace, name: string): ReplicationJob {
    const found = this.list(place).find((job) => same(job.name, name));
    if (found === undefined) throw resourceNotFound(JOB_TYPE, name, place.group);
    return found;
  }

  /** Newest first. */
  list({ vault, group }: VaultPlace): readonly ReplicationJob[] {
    return this.#jobs.filter((job) => same(job.vault, vault) && same(job.group, group)).toReversed();
  }
}

/** A test failover that was cleaned up is over. */
export function endTest(job: ReplicationJob | undefined, comments: string, at: number): void {
  if (job === undefined) return;
  Object.assign(job, { state: 'Succeeded', description: 'Completed', comments, endedAt: at });
}
