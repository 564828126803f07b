// The drill of a test failover through the front door: it looks at real copies, and whatever becomes of it none of them stays.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { DrillResult } from '../../src/model/result.ts';
import { openWorld } from '../../src/providers/world.ts';
import { connectionOf, environmentOf, findTwin, loadWorld, twinOperations } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { resultOf, untilStep } from './ran-drill.ts';
import { type Changes, makeWorkspace, type TestWorkspace } from './workspace.ts';

const NAME = 'test-failover';
const sample = (world: Changes['world'] = {}, drill: Changes['drill'] = {}): Changes => ({
  sample: NAME,
  world,
  drill,
});
const VERSION = '2023-06-01';
const PLANS = 'POST Microsoft.RecoveryServices/vaults/replicationRecoveryPlans';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

async function up(changes: Changes = sample()): Promise<void> {
  workspace = makeWorkspace(NAME, changes);
  await workspace.up();
}

const run = () => workspace.run('run', workspace.drill, '--yes', '--json');
const statusOf = ({ steps }: DrillResult, step: string) => steps.find(({ id }) => id === step)?.status;
const twinUp = () => findTwin(workspace.state, NAME) ?? expect.fail('expected a twin that is up, found none');

/** The control plane as a client sees it. */
function arm() {
  const world = loadWorld(join(workspace.root, 'drills', 'worlds', `${NAME}.yaml`));
  const { arm: door } = openWorld(environmentOf(world), connectionOf(twinUp()));
  const vault = `/subscriptions/${world.subscription}/resourceGroups/rg-archive-neu/providers/Microsoft.RecoveryServices/vaults/archive-vault`;
  const group = `/subscriptions/${world.subscription}/resourceGroups/rg-archive-neu`;
  return { door, vault, group };
}

async function itemsOf(): Promise<readonly (readonly string[])[]> {
  const { door, vault } = arm();
  const target = { path: `${vault}/replicationProtectedItems`, apiVersion: VERSION };
  const items = await door.list(target, AbortSignal.timeout(10_000));
  return items.map(({ name, properties }) => {
    const { protectionState, testFailoverState } = properties as JsonObject;
    return [name, protectionState, testFailoverState].map(String);
  });
}

async function resourcesAway(): Promise<readonly string[]> {
  const { door, group } = arm();
  const found = await door.list({ path: `${group}/resources`, apiVersion: '2021-04-01' }, AbortSignal.timeout(10_000));
  return found.map(({ name }) => String(name)).sort();
}

const operations = async () =>
  (await twinOperations(twinUp())).map(({ operation, status }) => `${operation.replace(PLANS, 'plan')} ${status}`);

/** Nothing of the drill stands, what is replicated stands as it stood, and exactly one test failover was begun and ended. */
async function expectAsBefore(): Promise<void> {
  expect(await itemsOf()).toEqual([
    ['archive-weu', 'Protected', 'None'],
    ['index-weu', 'Protected', 'None'],
  ]);
  expect(await resourcesAway()).toEqual(['archive-net-neu', 'archive-vault', 'drill-isolated', 'drill-net-neu']);
  expect(await operations()).toEqual(['plan/testFailover Succeeded', 'plan/testFailoverCleanup Succeeded']);
}

describe('the drill of a test failover', () => {
  it('passes, says how old the copies are, and leaves nothing', async () => {
    await up();
    const ran = await run();
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'passed', reasons: [], leftOvers: [], stuck: [] });
    expect(statusOf(result, 'test')).toBe('undone');
    const key = join(workspace.root, 'evidence.pub.pem');
    writeFileSync(key, (await workspace.run('keys', 'export')).stdout);
    const verified = await workspace.run('verify', result.evidence, '--key', key);
    expect(verified.status, verified.stdout).toBe(0);
    const events = readFileSync(join(result.evidence, 'events.jsonl'), 'utf8');
    expect(events).toMatch(/"rpoInSeconds":\d/);
    await expectAsBefore();
  });

  it('is red when a document of the source was corrupted, and when the newest is too old, and leaves nothing either', async () => {
    const old = 'status == 200 && body.newestAt > ${{ steps.test.output.startedAt }}';
    await up(sample({}, { 'verification.8.with.expect': old }));
    const request = join(workspace.state, 'twins', NAME, 'request.json');
    const { data } = JSON.parse(readFileSync(request, 'utf8')) as { data: string };
    const document = join(data, 'disks', 'archive-weu-data', 'documents', '1.json');
    await expect.poll(() => existsSync(document)).toBe(true);
    writeFileSync(document, 'something else');
    // The next recovery points have it.
    await wait(5000);
    const ran = await run();
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    const checks = ['archive-is-whole', 'index-is-whole', 'index-is-fresh'];
    expect(checks.map((check) => statusOf(result, check))).toEqual(['failed', 'succeeded', 'failed']);
    await expectAsBefore();
  });

  it('is red when the network of the copies has a way to production', async () => {
    await up(sample({ 'networkSecurityGroups.0.rules': [] }));
    const ran = await run();
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    const checks = ['network-has-no-way-out', 'archive-is-isolated', 'index-is-isolated', 'archive-is-whole'];
    expect(checks.map((check) => statusOf(result, check))).toEqual(['failed', 'failed', 'failed', 'succeeded']);
    await expectAsBefore();
  });

  it('is cleaned up when it is aborted while the test failover runs', async () => {
    await up();
    const running = workspace.start('run', workspace.drill, '--yes', '--json');
    const id = await untilStep(workspace, 'test', 'observing');
    expect((await workspace.run('abort', id, '--json')).status).toBe(0);
    const result = resultOf(await running.ended);
    expect(result).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    await expectAsBefore();
  });

  it.each([
    ['resume', 'passed'],
    ['abort', 'aborted'],
  ])('is cleaned up when it was killed during the test failover: %s ends %s', async (command, outcome) => {
    await up();
    const running = workspace.start('run', workspace.drill, '--yes');
    const id = await untilStep(workspace, 'test', 'observing');
    running.child.kill('SIGKILL');
    await running.ended;
    const ended = await workspace.run(command, id, '--json');
    const result = resultOf(ended);
    expect(result, ended.stderr).toMatchObject({ outcome, leftOvers: [], stuck: [] });
    await expectAsBefore();
  });

  it("does not begin while somebody else's test failover stands, names it and leaves it alone", async () => {
    await up();
    const { door, vault, group } = arm();
    const properties = {
      failoverDirection: 'PrimaryToRecovery',
      networkType: 'VmNetworkAsInput',
      networkId: `${group}/providers/Microsoft.Network/virtualNetworks/drill-net-neu`,
      providerSpecificDetails: [{ instanceType: 'A2A', recoveryPointType: 'Latest' }],
    };
    const path = `${vault}/replicationRecoveryPlans/archive-plan/testFailover`;
    const requestId = '7f3b0f5e-6a5e-4c53-8a58-0d6f3f0f9a99';
    const signal = AbortSignal.timeout(10_000);
    await door.mutate({ method: 'POST', path, apiVersion: VERSION, requestId, body: { properties } }, signal);
    await expect.poll(operations).toEqual(['plan/testFailover Succeeded']);
    const result = resultOf(await run());
    expect(result.outcome).toBe('not-ready');
    expect(result.reasons.join()).toContain('archive-weu-test');
    expect(await itemsOf()).toEqual([
      ['archive-weu', 'Protected', 'WaitingForCompletion'],
      ['index-weu', 'Protected', 'WaitingForCompletion'],
    ]);
    expect(await operations()).toEqual(['plan/testFailover Succeeded']);
  });
});
