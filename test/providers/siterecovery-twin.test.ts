// The steps of Site Recovery against a twin's control plane over real HTTPS.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action, ActionContext } from '../../src/model/action.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { siteRecoveryCommit } from '../../src/providers/azure/siterecovery-commit.ts';
import { siteRecoveryFailover } from '../../src/providers/azure/siterecovery-failover.ts';
import { siteRecoveryReprotect } from '../../src/providers/azure/siterecovery-reprotect.ts';
import { siteRecoveryTestFailover } from '../../src/providers/azure/siterecovery-test-failover.ts';
import { inventory } from '../../src/providers/inventory.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import { environmentOf } from '../../src/twin/index.ts';
import { type PlaneUnderTest, TOKEN } from '../twin/control/plane-under-test.ts';
import {
  AWAY,
  CONTAINER,
  FABRIC,
  GROUP,
  network,
  PLAN,
  siteUnderTest,
  VAULT,
} from '../twin/siterecovery/site-under-test.ts';
import { contextOf, rejection } from './world-builder.ts';

let twin: PlaneUnderTest;
let world: World;

beforeEach(async () => {
  twin = await siteUnderTest();
  world = openWorld(
    environmentOf(twin.world),
    { armEndpoint: twin.control.endpoint, hosts: {}, token: TOKEN, authority: twin.certificates.authority },
    { limits: { backoffMs: 5 } },
  );
});
afterEach(() => twin.close());

const vault = () =>
  `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.RecoveryServices/vaults/${VAULT}`;
const planId = () => `${vault()}/replicationRecoveryPlans/${PLAN}`;
const itemId = (region = FABRIC, container = CONTAINER) =>
  `${vault()}/replicationFabrics/${region}/replicationProtectionContainers/${container}/replicationProtectedItems/archive-weu`;
const machine = (name: string) =>
  `/subscriptions/${twin.world.subscription}/resourceGroups/${AWAY}/providers/Microsoft.Compute/virtualMachines/${name}`;
const test = (of = planId(), machines = ['archive-weu-test', 'index-weu-test']) => ({
  of,
  network: network(twin),
  machines: machines.map(machine),
});

/** A run of one step, as the engine does it: every attempt has an id of its own, and the intent is on record before it is sent. */
function stepOf(action: Action<unknown, World>, given: Json) {
  const requests: string[] = [];
  let intendedAt: number | undefined;
  const context = (): ActionContext<World> =>
    contextOf(world, { intendedAt, attemptedAt: intendedAt, requests, requestId: requests.at(-1) ?? randomUUID() });
  const input = action.input.parse(given);
  return {
    inspect: () => action.inspect(input, context()),
    start: () => {
      requests.push(randomUUID());
      intendedAt ??= Date.now();
      return action.start(input, context());
    },
    observe: (handle?: string) => action.observe(input, handle, context()),
    takeBack: async () => action.takeBack?.(input, null, { ...context(), requestId: randomUUID() }),
  };
}
type Step = ReturnType<typeof stepOf>;

async function done({ start, observe }: Step): Promise<Json> {
  const started = await start();
  return started.kind === 'done' ? started.output : observe(started.handle);
}

const fault = (body: object) => twin.send('POST', '/twin/faults', body);
const sent = async (verb: string): Promise<readonly string[]> => {
  const { body } = await twin.send('GET', '/twin/operations');
  const list = (Array.isArray(body) ? body : (body.operations ?? body.value)) as {
    operation: string;
    status: string;
  }[];
  return list.filter(({ operation }) => operation.endsWith(`/${verb}`)).map(({ status }) => status);
};

describe('a test failover', () => {
  it('is done, found done, and cleaned up once however often it is taken back', async () => {
    const step = stepOf(siteRecoveryTestFailover, test());
    expect(await step.inspect()).toMatchObject({ finding: 'not-started' });
    const output = await done(step);
    expect(output).toMatchObject({
      machines: [{ machine: machine('archive-weu-test') }, { machine: machine('index-weu-test') }],
      rpoInSeconds: expect.any(Number),
      oldestRecoveryPointAt: expect.any(Number),
    });
    // The live RPO goes on with the clock; everything else is as it was.
    const { job, startedAt, oldestRecoveryPointAt } = output as JsonObject;
    expect(await step.inspect()).toMatchObject({
      finding: 'done',
      output: { job, startedAt, oldestRecoveryPointAt },
    });
    expect(await step.takeBack()).toMatchObject({ cleaned: true });
    expect(await step.takeBack()).toMatchObject({ cleaned: false });
    expect([await sent('testFailover'), await sent('testFailoverCleanup')]).toEqual([['Succeeded'], ['Succeeded']]);
    const jobs = [];
    for await (const job of twin.site.replicationJobs.list(VAULT, GROUP)) jobs.push(job.properties);
    expect(jobs.find((job) => job?.scenarioName === 'TestFailover')?.customDetails).toMatchObject({
      comments: 'drillmaster run-1',
    });
  });

  it('of one item is the same', async () => {
    const step = stepOf(siteRecoveryTestFailover, test(itemId(), ['archive-weu-test']));
    await done(step);
    expect(twin.plane.machines.find('archive-weu-test')).toBeDefined();
    expect(twin.plane.machines.find('index-weu-test')).toBeUndefined();
    expect(await step.takeBack()).toMatchObject({ cleaned: true });
    expect(twin.plane.machines.find('archive-weu-test')).toBeUndefined();
  });

  it('whose reply was lost after it began is found running and then done, and was begun once', async () => {
    await fault({ fault: 'lost-reply', match: 'POST */testFailover' });
    const step = stepOf(siteRecoveryTestFailover, test());
    expect(await rejection(step.start())).toMatchObject({ ambiguous: true });
    expect(await step.inspect()).toMatchObject({ finding: 'running' });
    await step.observe();
    expect(await step.inspect()).toMatchObject({ finding: 'done' });
    expect(await sent('testFailover')).toHaveLength(1);
    expect(await step.takeBack()).toMatchObject({ cleaned: true });
  });

  it('that runs when it is taken back is waited for, and then cleaned up', async () => {
    const step = stepOf(siteRecoveryTestFailover, test());
    await step.start();
    expect(await step.takeBack()).toMatchObject({ cleaned: true });
    expect(twin.plane.machines.names()).toEqual(['archive-weu', 'index-weu']);
  });

  it('whose clean-up lost its reply is cleaned up once', async () => {
    const step = stepOf(siteRecoveryTestFailover, test());
    await done(step);
    await fault({ fault: 'lost-reply', match: 'POST */testFailoverCleanup' });
    expect(await rejection(step.takeBack())).toMatchObject({ ambiguous: true });
    await step.takeBack();
    expect(await sent('testFailoverCleanup')).toEqual(['Succeeded']);
  });

  it('is throttled before anything was done: a new attempt is safe', async () => {
    await fault({ fault: 'throttle', match: 'POST */testFailover' });
    const step = stepOf(siteRecoveryTestFailover, test());
    expect(await rejection(step.start())).toMatchObject({ retryable: true });
    expect(await step.inspect()).toMatchObject({ finding: 'not-started' });
    await done(step);
  });

  it('fails when its job fails, leaves nothing, and can be begun again', async () => {
    await fault({
      fault: 'failing-operation',
      match: 'POST */testFailover',
      code: 'NoQuota',
      message: 'no cores left',
    });
    const step = stepOf(siteRecoveryTestFailover, test());
    expect(await rejection(done(step))).toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('no cores left'),
    });
    expect(await step.inspect()).toMatchObject({ finding: 'not-started' });
    expect(await step.takeBack()).toMatchObject({ cleaned: false });
  });

  it('whose clean-up fails can be taken back again', async () => {
    const step = stepOf(siteRecoveryTestFailover, test());
    await done(step);
    await fault({ fault: 'failing-operation', match: 'POST */testFailoverCleanup' });
    expect(await rejection(step.takeBack())).toMatchObject({ code: 'job-failed', retryable: true });
    expect(await step.takeBack()).toMatchObject({ cleaned: true });
  });

  it('that makes other machines than it said fails, and is cleaned up all the same', async () => {
    const step = stepOf(siteRecoveryTestFailover, test(planId(), ['archive-weu-test']));
    expect(await rejection(done(step))).toMatchObject({ message: expect.stringContaining('index-weu-test') });
    expect(await step.takeBack()).toMatchObject({ cleaned: true });
    expect(twin.plane.machines.names()).toEqual(['archive-weu', 'index-weu']);
  });

  it("of somebody else is left alone and named, before and after the run's own attempt", async () => {
    const theirs = stepOf(siteRecoveryTestFailover, test());
    await done(theirs);
    const ours = stepOf(siteRecoveryTestFailover, test());
    expect(await rejection(ours.inspect())).toMatchObject({
      code: 'test-failover-stands',
      message: expect.stringContaining('left it alone'),
    });
    // Nothing was sent, so there is nothing to take back.
    expect(await ours.takeBack()).toMatchObject({ cleaned: false });
    expect(await rejection(ours.start())).toMatchObject({ code: 'arm-conflict' });
    expect(await rejection(ours.takeBack())).toMatchObject({ code: 'test-failover-stands' });
    expect(await sent('testFailoverCleanup')).toEqual([]);
    await theirs.takeBack();
  });

  it('of a plan, an item or a vault that does not exist is refused', async () => {
    const missing = [`${planId()}-2`, itemId().replace('archive-weu', 'nobody'), planId().replace(VAULT, 'other')];
    for (const of of missing)
      expect(await rejection(stepOf(siteRecoveryTestFailover, test(of)).inspect())).toMatchObject({
        code: expect.stringMatching(/arm-not-found|answer-invalid/),
      });
  });

  it('creates what it says, writes to nothing that people use, and names what it reads', () => {
    const input = siteRecoveryTestFailover.input.parse(test());
    expect(siteRecoveryTestFailover.creates?.(input)).toEqual([machine('archive-weu-test'), machine('index-weu-test')]);
    expect(siteRecoveryTestFailover.writes(input)).toEqual([]);
    expect(siteRecoveryTestFailover.reads?.(input)).toEqual([planId(), network(twin)]);
  });
});

describe('a failover', () => {
  it('is done, committed and reversed, each found done when it is asked again', async () => {
    const failover = stepOf(siteRecoveryFailover, { of: planId() });
    const commit = stepOf(siteRecoveryCommit, { of: planId() });
    const reprotect = stepOf(siteRecoveryReprotect, { of: planId(), region: 'northeurope' });
    expect(await commit.inspect()).toMatchObject({ finding: 'unknown' });
    expect(await reprotect.inspect()).toMatchObject({ finding: 'unknown' });
    expect(await failover.inspect()).toMatchObject({ finding: 'not-started' });
    expect(await done(failover)).toMatchObject({
      items: [{ activeLocation: 'Recovery' }, { activeLocation: 'Recovery' }],
    });
    expect(await failover.inspect()).toMatchObject({ finding: 'done' });
    expect(twin.plane.asked.filter((line) => line.startsWith('stop machine'))).toHaveLength(2);

    expect(await commit.inspect()).toMatchObject({ finding: 'not-started' });
    await done(commit);
    expect(await commit.inspect()).toMatchObject({ finding: 'done' });

    expect(await reprotect.inspect()).toMatchObject({ finding: 'not-started' });
    const started = await reprotect.start();
    expect(await reprotect.inspect()).toMatchObject({ finding: 'running' });
    await expect.poll(async () => sent('reProtect')).toEqual(['Succeeded']);
    // The world replicates hourly: without a first point of the new direction nothing is protected yet.
    expect(await reprotect.inspect()).toMatchObject({ finding: 'running' });
    expect(started.kind).toBe('accepted');
  });

  it('whose reply was lost was begun once', async () => {
    await fault({ fault: 'lost-reply', match: 'POST */unplannedFailover' });
    const step = stepOf(siteRecoveryFailover, { of: itemId(), shutDown: false });
    expect(await rejection(step.start())).toMatchObject({ ambiguous: true });
    expect(await step.inspect()).toMatchObject({ finding: 'running' });
    await step.observe();
    expect(await step.inspect()).toMatchObject({ finding: 'done' });
    expect(await sent('unplannedFailover')).toHaveLength(1);
  });

  it('that succeeded for some of its machines alone is no success', async () => {
    twin.plane.failing.set('create machine', new Error('no room'));
    const step = stepOf(siteRecoveryFailover, { of: planId(), shutDown: false });
    expect(await rejection(done(step))).toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('PartiallySucceeded'),
    });
    expect(await step.inspect()).toMatchObject({ finding: 'unknown' });
  });

  it('whose job failed changed nothing', async () => {
    await fault({ fault: 'failing-operation', match: 'POST */unplannedFailover', code: 'NoQuota' });
    const step = stepOf(siteRecoveryFailover, { of: itemId() });
    expect(await rejection(done(step))).toMatchObject({ code: 'job-failed' });
    expect(await step.inspect()).toMatchObject({ finding: 'not-started' });
  });
});

describe('the inventory', () => {
  it('knows how items and plans of Site Recovery stand', async () => {
    const items = await inventory.read([itemId(), planId(), `${planId()}-2`], contextOf(world));
    const facts = (id: string) => items.find((item) => item.id === id)?.facts;
    expect(facts(itemId())).toMatchObject({
      present: true,
      'properties.protectionState': 'Protected',
      'properties.testFailoverState': 'None',
    });
    const standing = {
      protectionState: 'Protected',
      activeLocation: 'Primary',
      testFailoverState: 'None',
      primaryLocation: 'westeurope',
      recoveryLocation: 'northeurope',
    };
    expect(facts(planId())).toMatchObject({
      present: true,
      items: [
        { item: 'archive-weu', ...standing },
        { item: 'index-weu', ...standing },
      ],
    });
    expect(facts(`${planId()}-2`)).toEqual({ present: false });
  });

  it('tells a plan whose machines run in the other region from one whose machines are at home', async () => {
    const planFacts = async () =>
      (await inventory.read([planId()], contextOf(world))).find(({ id }) => id === planId());
    const before = await planFacts();
    await done(stepOf(siteRecoveryFailover, { of: planId() }));
    expect((await planFacts())?.facts['items']).toMatchObject([
      { activeLocation: 'Recovery' },
      { activeLocation: 'Recovery' },
    ]);
    await done(stepOf(siteRecoveryCommit, { of: planId() }));
    await stepOf(siteRecoveryReprotect, { of: planId(), region: 'northeurope' }).start();
    await expect.poll(async () => sent('reProtect')).toEqual(['Succeeded']);
    const reversed = { activeLocation: 'Primary', primaryLocation: 'northeurope', recoveryLocation: 'westeurope' };
    expect((await planFacts())?.facts['items']).toMatchObject([reversed, reversed]);
    expect((await planFacts())?.facts['items']).not.toEqual(before?.facts['items']);
  });
});
