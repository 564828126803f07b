// Jobs of Site Recovery. An operation says that a request was taken and worked on; what became of it the job says.
import * as z from 'zod';
import type { ActionContext } from '../../../model/action.ts';
import { formatInstant } from '../../../model/clock.ts';
import type { Json } from '../../../model/json.ts';
import { sameResource } from '../../../model/resource-id.ts';
import { isArmError } from '../../arm/arm-error.ts';
import { pause } from '../../arm/door.ts';
import { retryAfterMs } from '../../arm/retry-after.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { lastName, type ProtectedItem, siteTarget, vaultOf } from './protected-items.ts';

export interface ReplicationJob {
  readonly name: string;
  readonly scenario: string;
  /** NotStarted, InProgress, Succeeded, Failed, Cancelled, Suspended, Other. */
  readonly state: string;
  /** What the state alone does not tell: Completed, PartiallySucceeded, WaitingForStopTestFailover. */
  readonly description: string;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Names the request that began it, where the service says so. */
  readonly activityId: string;
  readonly target: string;
  readonly comments: string;
  readonly errors: readonly string[];
  readonly made: readonly MadeMachine[];
}

export interface MadeMachine {
  readonly item: string;
  readonly testMachine: string | undefined;
  /** Epoch ms: what was acknowledged before it is in the machine. */
  readonly pointAt: number | undefined;
}

const text = z.string().nullish();
const shape = z.object({
  name: z.string(),
  properties: z.object({
    activityId: text,
    scenarioName: text,
    state: text,
    stateDescription: text,
    startTime: text,
    targetObjectName: text,
    errors: z.array(z.object({ serviceErrorDetails: z.object({ code: text, message: text }).nullish() })).nullish(),
    customDetails: z
      .object({
        comments: text,
        protectedItemDetails: z
          .array(z.object({ name: text, friendlyName: text, testVmName: text, recoveryPointTime: text }))
          .nullish(),
      })
      .nullish(),
  }),
});

/** Throws ProviderError `answer-invalid` when it is no job. */
function parseJob(body: Json | undefined): ReplicationJob {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a replication job, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { name, properties } = parsed.data;
  const { customDetails } = properties;
  return {
    name,
    scenario: properties.scenarioName ?? 'Unknown',
    state: properties.state ?? 'Unknown',
    description: properties.stateDescription ?? '',
    startedAt: Date.parse(properties.startTime ?? ''),
    activityId: properties.activityId ?? '',
    target: properties.targetObjectName ?? '',
    comments: customDetails?.comments ?? '',
    errors: (properties.errors ?? []).flatMap(({ serviceErrorDetails: said }) =>
      said == null ? [] : [`${said.code ?? 'unknown'}: ${said.message ?? 'without a reason'}`],
    ),
    made: (customDetails?.protectedItemDetails ?? []).map((made) => ({
      item: made.name ?? made.friendlyName ?? '',
      testMachine: made.testVmName ?? undefined,
      pointAt: instantOf(made.recoveryPointTime),
    })),
  };
}

function instantOf(given: string | null | undefined): number | undefined {
  const at = Date.parse(given ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** How far the clock of the service may be from ours. */
export const CLOCK_SKEW_MS = 120_000;
const DAY_MS = 24 * 3600 * 1000;

interface Asked {
  /** Recovery plan or item that the job is about. */
  readonly of: string;
  readonly scenario: string;
}

/** The jobs of a scenario on a target that began since this run first meant to send its request; newest first. */
export async function jobsSince(
  { of, scenario }: Asked,
  items: readonly ProtectedItem[],
  { world, signal, intendedAt, now }: ActionContext<World>,
): Promise<readonly ReplicationJob[]> {
  const from = (intendedAt ?? now()) - CLOCK_SKEW_MS;
  const filter = `StartTime eq '${formatInstant(from)}' and EndTime eq '${formatInstant(now() + DAY_MS)}'`;
  const path = `${vaultOf(of)}/replicationJobs?$filter=${encodeURIComponent(filter)}`;
  const known = [lastName(of), ...items.flatMap(({ name, friendlyName }) => [name, friendlyName])];
  return (await world.arm.list(siteTarget(path), signal))
    .map((job) => parseJob(job))
    .filter((job) => sameResource(job.scenario, scenario) && known.some((name) => sameResource(name, job.target)))
    .toSorted((a, b) => b.startedAt - a.startedAt);
}

export async function getJob(of: string, name: string, world: World, signal: AbortSignal): Promise<ReplicationJob> {
  return parseJob((await world.arm.get(siteTarget(`${vaultOf(of)}/replicationJobs/${name}`), signal)).body);
}

export const isAtWork = ({ state }: ReplicationJob): boolean => /^(notstarted|inprogress|other)$/i.test(state);
/** A test failover whose machines stand, and which waits until somebody ends it. */
export const isStandingTest = ({ state, description }: ReplicationJob): boolean =>
  /^suspended$/i.test(state) && /^waitingforstoptestfailover$/i.test(description);
/** PartiallySucceeded and Skipped are no success. */
const isSuccess = ({ state, description }: ReplicationJob): boolean =>
  /^succeeded$/i.test(state) && /^completed/i.test(description);

export const describeJob = ({ name, scenario, state, description }: ReplicationJob): string =>
  `job ${name} (${scenario}) is ${state}${description === '' || description === state ? '' : `, ${description}`}`;

const POLL_MS = 10_000;
const POLL_TWIN_MS = 300;
const POLL_MS_MAX = 60_000;
/** A job that was just begun may not be listed yet. */
const UNLISTED_MS_MAX = 60_000;

/** Waits until a job is neither to come nor at work; a suspended one that waits for a person's manual action is waited for. */
export async function jobOver(of: string, name: string, context: ActionContext<World>): Promise<ReplicationJob> {
  const { world, signal, now } = context;
  const since = now();
  for (;;) {
    let waitMs = world.environment.kind === 'twin' ? POLL_TWIN_MS : POLL_MS;
    try {
      const answer = await world.arm.get(siteTarget(`${vaultOf(of)}/replicationJobs/${name}`), signal);
      const job = parseJob(answer.body);
      if (!isAtWork(job) && (isStandingTest(job) || !/^suspended$/i.test(job.state))) return job;
      waitMs = retryAfterMs(answer.headers, POLL_MS_MAX) ?? waitMs;
    } catch (error) {
      if (!isArmError(error)) throw error;
      const unlisted = error.code === 'arm-not-found' && now() - since < UNLISTED_MS_MAX;
      if (!unlisted && !error.retryable)
        throw new ProviderError('job-failed', `${name} could not be watched on: ${error.message}`, { ambiguous: true });
    }
    await pause(waitMs, signal);
  }
}

/** Throws ProviderError `job-failed` unless the job ended well; `retryable` where another job may end better. */
export function expectSuccess(job: ReplicationJob, retryable = false): ReplicationJob {
  if (isSuccess(job)) return job;
  const why = job.errors.length === 0 ? 'without a reason' : job.errors.join('; ');
  throw new ProviderError('job-failed', `expected a job that succeeded, found that ${describeJob(job)}: ${why}`, {
    retryable,
  });
}
