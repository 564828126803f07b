// The end of a test failover: its machines and their disks go, and nobody else's are touched.
import type { ActionContext } from '../../../model/action.ts';
import type { JsonObject } from '../../../model/json.ts';
import { pause } from '../../arm/door.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { ownerOf } from './own-job.ts';
import { describeItems, lastName, type ProtectedItem, readItems } from './protected-items.ts';
import { describeJob, expectSuccess, getJob, isAtWork, jobsSince } from './replication-job.ts';
import { ownJobOver, sendOnce } from './send.ts';

const POLL_MS = 5000;
const POLL_TWIN_MS = 300;

interface Test {
  readonly of: string;
  readonly machines: readonly string[];
}

/**
 * Cleans up after this run's test failover and resolves when none of the run's stands any more. Idempotent. Throws ProviderError
 * `test-failover-stands`, before anything is sent, when the one that stands is somebody else's or nobody can tell whose.
 */
export async function cleanUpTest({ of, machines }: Test, context: ActionContext<World>): Promise<JsonObject> {
  const { world, signal, intendedAt } = context;
  if (intendedAt === undefined) return { of, cleaned: false };
  const pollMs = world.environment.kind === 'twin' ? POLL_TWIN_MS : POLL_MS;
  let cleaned = false;
  for (;;) {
    const items = await readItems(of, world, signal);
    const jobs = await jobsSince({ of, scenario: 'TestFailover' }, items, context);
    // One of which nobody can tell whose it is may be this run's: what it makes is not there yet.
    const running = jobs.some((job) => ownerOf(job, context) !== 'other' && isAtWork(job));
    const standing = items.filter(({ testFailoverState }) => testFailoverState !== 'None');
    if (!running && standing.length === 0) return { of, machines: [...machines], cleaned };
    for (const item of standing) await expectOwn(item, of, context);
    // What is being made, or is being cleaned up already, is waited for: a second request would be refused.
    if (running || !standing.every(({ allowedOperations }) => allowedOperations.includes('TestFailoverCleanup')))
      await pause(pollMs, signal);
    else {
      await sendCleanup(of, context);
      cleaned = true;
    }
  }
}

async function sendCleanup(of: string, context: ActionContext<World>): Promise<void> {
  const body = { properties: { comments: `drillmaster ${context.run}` } };
  const started = await sendOnce(of, `${of}/testFailoverCleanup`, body, context);
  const handle = started.kind === 'accepted' ? started.handle : undefined;
  expectSuccess(await ownJobOver({ of, scenario: 'TestFailoverCleanup' }, handle, context), true);
}

async function expectOwn(item: ProtectedItem, of: string, context: ActionContext<World>): Promise<void> {
  const { world, signal } = context;
  const job = item.job === undefined ? undefined : await getJob(of, lastName(item.job), world, signal);
  // While it is cleaned up, the clean-up is its job: whoever began that, it is on its way out.
  if (job !== undefined && /cleanup/i.test(job.scenario)) return;
  const owner = job === undefined ? 'unknown' : ownerOf(job, context);
  if (owner === 'own') return;
  const whose = owner === 'other' ? 'that this run did not begin' : 'of which nobody can tell whose it is';
  throw new ProviderError(
    'test-failover-stands',
    `expected a test failover of this run, found one ${whose}, and left it alone: ${describeItems([item])}${job === undefined ? '' : `; ${describeJob(job)}`}`,
  );
}
