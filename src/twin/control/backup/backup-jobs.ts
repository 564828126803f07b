// Jobs of a vault: what goes on after the operation that started it has succeeded.
import { randomUUID } from 'node:crypto';
import { Refusal, type Reply } from '../arm-reply.ts';
import { chance } from '../chance.ts';
import type { Cloud } from '../cloud.ts';
import type { Begun, OperationPlan, Pace } from '../operations.ts';
import type { ArmRequest } from '../route.ts';
import { Acceptances } from './acceptances.ts';
import { type ItemRecord, itemId, type VaultRecord, vaultId } from './vault-records.ts';

export interface JobPlan {
  readonly operation: 'Backup' | 'Restore';
  /** In the operation journal and in world files: `POST Microsoft.RecoveryServices/vaults/restore`. */
  readonly kind: string;
  readonly variety?: string;
  /** What a restore makes: RestoreDisks, AlternateLocation. */
  readonly locationType?: string;
  /** What the service does one after the other, in its own words. */
  readonly tasks: readonly string[];
  readonly bag: Readonly<Record<string, string>>;
  /** The real work. Throws a Refusal to fail with its code. */
  readonly work: (pace: Pace, jobId: string) => Promise<void>;
  /** Called once when it is over, whatever became of it. */
  readonly settle?: () => void;
}

export interface BackupJob {
  readonly plan: JobPlan;
  readonly vault: VaultRecord;
  readonly item: ItemRecord;
  /** `x-ms-client-request-id` of the request that started it: seen so in recorded traffic. */
  readonly activityId: string;
  readonly begun: Begun;
  readonly cancelling: AbortController;
}

/** Recorded: the operation succeeded after one to seven seconds. Shortened jobs are accepted in a quarter of their time at most. */
const ACCEPTED_SECONDS_MIN = 1;
const ACCEPTED_SECONDS_MAX = 7;
const JOBS_MAX = 1000;
const LOOK_SECONDS_MAX = 15;

export class BackupJobs {
  readonly acceptances: Acceptances;
  readonly #jobs = new Map<string, BackupJob>();
  #started = 0;

  constructor(endpoint: () => string) {
    this.acceptances = new Acceptances(endpoint);
  }

  /** Starts a job and answers 202. The id of the operation is that of the job, as recorded. */
  start(cloud: Cloud, request: ArmRequest, where: Pick<BackupJob, 'vault' | 'item'>, plan: JobPlan): Reply {
    const { begun, cancelling } = this.#begin(cloud, request, where, plan);
    const activityId = request.headers['x-ms-client-request-id'] ?? randomUUID();
    this.#jobs.set(begun.id, { ...where, plan, activityId, begun, cancelling });
    const oldest = [...this.#jobs.values()].find(({ begun: { status } }) => status !== 'InProgress');
    if (this.#jobs.size > JOBS_MAX && oldest !== undefined) this.#jobs.delete(oldest.begun.id);
    this.#started += 1;
    const drawn = chance(cloud.world.seed, `accepted/${this.#started}`);
    const acceptMs = (ACCEPTED_SECONDS_MIN + (ACCEPTED_SECONDS_MAX - ACCEPTED_SECONDS_MIN) * drawn) * 1000;
    const base = itemId(cloud.world.subscription, where.vault, where.item);
    return this.acceptances.accept(request, {
      id: begun.id,
      statusPath: `${base}/operationsStatus`,
      resultPath: `${base}/operationResults`,
      startedAt: begun.startedAt,
      endsAt: begun.startedAt + Math.min(acceptMs, begun.durationMs / 4),
      properties: { objectType: 'OperationStatusJobExtendedInfo', jobId: begun.id },
    });
  }

  /** Newest first. */
  list(vault: VaultRecord): readonly BackupJob[] {
    return [...this.#jobs.values()].filter((job) => job.vault === vault).toReversed();
  }

  /**
   * Seconds after which a look at the jobs can tell something new: never beyond the expected end of one, and few enough looks that an hour has
   * enough of them. The service itself asks for nothing; a twin's jobs can be over sooner than its clients would look.
   */
  retryAfter(vault: VaultRecord): number {
    const ends = this.list(vault)
      .filter(({ begun }) => begun.status === 'InProgress')
      .map(({ begun }) => Math.floor((begun.startedAt + begun.durationMs - Date.now()) / 1000));
    return ends.length === 0 ? 1 : Math.min(LOOK_SECONDS_MAX, Math.max(1, Math.min(...ends)));
  }

  /** Throws Refusal 404. */
  get(vault: VaultRecord, id: string): BackupJob {
    const job = this.#jobs.get(id);
    if (job === undefined || job.vault !== vault)
      throw new Refusal(404, 'BMSUserErrorJobNotFound', `The job '${id}' was not found in the vault '${vault.name}'.`);
    return job;
  }

  /** Asks a job to end; what it has made by then stays. Throws Refusal 400 when it is over. */
  cancel(cloud: Cloud, request: ArmRequest, job: BackupJob): Reply {
    if (job.begun.status !== 'InProgress')
      throw new Refusal(
        400,
        'UserErrorJobNotCancellable',
        `The job '${job.begun.id}' is over and cannot be cancelled.`,
      );
    job.cancelling.abort(new Refusal(409, 'UserCancelled', 'The job was cancelled by its user.'));
    const base = `${vaultId(cloud.world.subscription, job.vault)}/backupJobs/${job.begun.id}`;
    const now = Date.now();
    return this.acceptances.accept(request, {
      id: randomUUID(),
      statusPath: `${base}/operationsStatus`,
      resultPath: `${base}/operationResults`,
      startedAt: now,
      endsAt: now,
      properties: { objectType: 'OperationStatusJobExtendedInfo', jobId: job.begun.id },
    });
  }

  #begin(cloud: Cloud, request: ArmRequest, { vault, item }: Pick<BackupJob, 'vault' | 'item'>, plan: JobPlan) {
    const cancelling = new AbortController();
    const job: { id: string } = { id: '' };
    const operation: OperationPlan = {
      operation: plan.kind,
      ...(plan.variety === undefined ? {} : { variety: plan.variety }),
      label: plan.operation,
      provider: 'Microsoft.RecoveryServices',
      location: vault.region,
      resource: itemId(cloud.world.subscription, vault, item),
      work: (pace) => plan.work(pace, job.id),
      settle: () => plan.settle?.(),
      result: () => undefined,
    };
    // The work begins after this turn of the event loop: by then its id is known.
    const begun = cloud.operations.begin(request, operation, AbortSignal.any([cloud.signal, cancelling.signal]));
    job.id = begun.id;
    return { begun, cancelling };
  }
}
