// Site Recovery of a twin through the unmodified client of Azure.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, rejection } from '../control/plane-under-test.ts';
import { AWAY, BASE, CONTAINER, FABRIC, GROUP, ITEM, network, PLAN, siteUnderTest, VAULT } from './site-under-test.ts';

let twin: PlaneUnderTest;

beforeEach(async () => {
  twin = await siteUnderTest();
});
afterEach(() => twin.close());

const FAST = { updateIntervalInMs: 20 };
const test = (into = network(twin)) => ({
  properties: {
    failoverDirection: 'PrimaryToRecovery' as const,
    networkType: 'VmNetworkAsInput',
    networkId: into,
    providerSpecificDetails: [{ instanceType: 'A2A' as const, recoveryPointType: 'Latest' as const }],
  },
});
const itemTest = (details: object = {}) => ({
  properties: {
    failoverDirection: 'PrimaryToRecovery',
    networkType: 'VmNetworkAsInput',
    networkId: network(twin),
    providerSpecificDetails: { instanceType: 'A2A' as const, ...details },
  },
});
const failover = (sourceSiteOperations: 'Required' | 'NotRequired') => ({
  properties: {
    failoverDirection: 'PrimaryToRecovery',
    sourceSiteOperations,
    providerSpecificDetails: { instanceType: 'A2A' as const },
  },
});
const list = async <T>(pages: AsyncIterable<T>): Promise<readonly T[]> => {
  const found: T[] = [];
  for await (const item of pages) found.push(item);
  return found;
};
const item = async () => (await twin.site.replicationProtectedItems.get(...ITEM)).properties;
const jobs = async (filter?: string) =>
  list(twin.site.replicationJobs.list(VAULT, GROUP, filter === undefined ? {} : { filter }));
const askedOf = (name: string) => twin.plane.asked.filter((line) => line.startsWith(`${name} `));

describe('what a vault replicates', () => {
  it('is shown as fabrics, containers and items, with their points and their live RPO', async () => {
    const fabrics = await list(twin.site.replicationFabrics.list(VAULT, GROUP));
    expect(fabrics.map(({ name }) => name)).toEqual(['asr-a2a-default-northeurope', FABRIC]);
    const containers = await list(twin.site.replicationProtectionContainers.list(VAULT, GROUP));
    expect(containers.map(({ properties }) => properties?.protectedItemCount)).toEqual([0, 2]);
    const items = await list(twin.site.replicationProtectedItems.list(VAULT, GROUP));
    expect(items.map(({ name }) => name)).toEqual(['archive-weu', 'index-weu']);
    expect(await item()).toMatchObject({
      protectionState: 'Protected',
      testFailoverState: 'None',
      activeLocation: 'Primary',
      allowedOperations: ['UnplannedFailover', 'DisableProtection', 'TestFailover'],
      currentScenario: { scenarioName: 'None' },
      providerSpecificDetails: { instanceType: 'A2A', recoveryFabricLocation: 'northeurope' },
    });
    const { providerSpecificDetails } = (await item()) ?? {};
    expect((providerSpecificDetails as { rpoInSeconds?: number }).rpoInSeconds).toBeLessThan(60);
    const points = await list(twin.site.recoveryPoints.listByReplicationProtectedItems(...ITEM));
    expect(points.map(({ properties }) => properties?.recoveryPointType)).toEqual(['AppConsistent']);
    const point = await twin.site.recoveryPoints.get(...ITEM, points[0]?.name ?? '');
    expect(point.id).toBe(points[0]?.id);
    expect((await twin.site.replicationVaultHealth.get(VAULT, GROUP)).properties).toMatchObject({
      protectedItemsHealth: { resourceCount: 2 },
    });
  });

  it('is nothing below a vault, fabric, item or plan that does not exist', async () => {
    const get = twin.site.replicationProtectedItems;
    expect(await rejection(get.get('other', GROUP, FABRIC, CONTAINER, 'archive-weu'))).toMatchObject({
      statusCode: 404,
    });
    expect(await rejection(get.get(VAULT, GROUP, FABRIC, 'other', 'archive-weu'))).toMatchObject({ statusCode: 404 });
    expect(await rejection(get.get(VAULT, GROUP, FABRIC, CONTAINER, 'other'))).toMatchObject({ statusCode: 404 });
    expect(await rejection(twin.site.replicationRecoveryPlans.get(VAULT, GROUP, 'other'))).toMatchObject({
      statusCode: 404,
    });
  });
});

describe('replication', () => {
  it('goes on at its interval, keeps the newest points and pauses while its source cannot be reached', async () => {
    const world = {
      ...twin.world,
      siteRecovery: twin.world.siteRecovery.map((entry) => ({
        ...entry,
        machines: entry.machines.map((machine) => ({ ...machine, every: 30, applicationEvery: 100 })),
      })),
    };
    await twin.close();
    twin = await siteUnderTest(world);
    await sleep(600);
    const points = await list(twin.site.recoveryPoints.listByReplicationProtectedItems(...ITEM));
    expect(points).toHaveLength(3);
    const kinds = new Set(askedOf('replicate machine').map((line) => line.split(' ')[4]));
    expect([...kinds].sort()).toEqual(['application', 'crash']);
    expect(askedOf('removeReplica').length).toBeGreaterThan(5);
    twin.plane.failing.set('replicate machine', new Error('no way there'));
    await sleep(300);
    expect(twin.troubles.join('\n')).toContain('does not replicate: no way there');
    expect(twin.troubles.join('\n')).toContain('replicates again');
  });
});

describe('a test failover of a recovery plan', () => {
  it('makes a machine of each item in the network that was asked for, and its job waits for the clean-up', async () => {
    const plans = twin.site.replicationRecoveryPlans;
    const poller = await plans.beginTestFailover(VAULT, GROUP, PLAN, test(), FAST);
    const plan = await poller.pollUntilDone();
    expect(plan.properties).toMatchObject({
      allowedOperations: ['TestFailoverCleanup'],
      currentScenario: { scenarioName: 'TestFailover' },
      currentScenarioStatus: 'Suspended',
      currentScenarioStatusDescription: 'WaitingForStopTestFailover',
    });
    expect(askedOf('create machine')).toEqual([
      'create machine archive-weu-test archive-weu-test-data',
      'create machine index-weu-test index-weu-test-data',
    ]);
    expect(twin.plane.machines.find('archive-weu-test')).toMatchObject({ group: AWAY, region: 'northeurope' });
    const [job] = await jobs("JobStatus eq 'Suspended'");
    expect(job).toMatchObject({
      name: plan.properties?.currentScenario?.jobId?.split('/').at(-1),
      properties: {
        scenarioName: 'TestFailover',
        state: 'Suspended',
        stateDescription: 'WaitingForStopTestFailover',
        targetObjectName: PLAN,
        targetInstanceType: 'RecoveryPlan',
        customDetails: { instanceType: 'TestFailoverJobDetails', networkName: network(twin) },
      },
    });
    expect(await item()).toMatchObject({
      testFailoverState: 'WaitingForCompletion',
      protectionStateDescription: 'Cleanup test failover pending',
      allowedOperations: ['TestFailoverCleanup'],
    });

    const cleaned = await plans.beginTestFailoverCleanupAndWait(
      VAULT,
      GROUP,
      PLAN,
      { properties: { comments: 'done with it' } },
      FAST,
    );
    expect(cleaned.properties?.allowedOperations).toEqual(['UnplannedFailover', 'TestFailover']);
    expect(twin.plane.machines.find('archive-weu-test')).toBeUndefined();
    expect(twin.plane.disks.find('archive-weu-test-data')).toBeUndefined();
    expect(await item()).toMatchObject({ testFailoverState: 'None', protectionState: 'Protected' });
    const over = await twin.site.replicationJobs.get(VAULT, GROUP, job?.name ?? '');
    expect(over.properties).toMatchObject({ state: 'Succeeded', customDetails: { comments: 'done with it' } });
    // The machines that are replicated were never touched.
    expect(askedOf('stop machine')).toEqual([]);
  });

  it('is refused while another one was not cleaned up, and so is everything else', async () => {
    const plans = twin.site.replicationRecoveryPlans;
    await plans.beginTestFailoverAndWait(VAULT, GROUP, PLAN, test(), FAST);
    for (const asked of [
      () => plans.beginTestFailover(VAULT, GROUP, PLAN, test()),
      () => twin.site.replicationProtectedItems.beginTestFailover(...ITEM, itemTest()),
      () => twin.site.replicationProtectedItems.beginUnplannedFailover(...ITEM, failover('NotRequired')),
      () => twin.site.replicationProtectedItems.beginFailoverCommit(...ITEM),
    ])
      expect(await rejection(asked())).toMatchObject({ statusCode: 409, code: 'OperationNotAllowed' });
    expect(await jobs()).toHaveLength(1);
  });

  it('answers with both places to watch, and their guid is the name of the job', async () => {
    const path = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.RecoveryServices/vaults/${VAULT}`;
    const answer = await twin.send(
      'POST',
      `${path}/replicationRecoveryPlans/${PLAN}/testFailover?api-version=2023-06-01`,
      test(),
      { 'x-ms-client-request-id': 'the-request' },
    );
    expect(answer.status).toBe(202);
    const status = new URL(String(answer.headers['azure-asyncoperation'])).pathname;
    const result = new URL(String(answer.headers['location'])).pathname;
    const guid = status.split('/').at(-1) ?? '';
    expect(status).toBe(`${path}/replicationOperationStatus/${guid}`);
    expect(result).toBe(`${path}/replicationRecoveryPlans/${PLAN}/operationresults/${guid}`);
    const job = await twin.site.replicationJobs.get(VAULT, GROUP, guid);
    expect(job.properties?.activityId).toContain('the-request');
  });

  it('leaves nothing when the machine of one item cannot be made, and its job fails', async () => {
    twin.plane.failing.set('create machine', new Error('no room'));
    const failed = await rejection(
      twin.site.replicationRecoveryPlans.beginTestFailoverAndWait(VAULT, GROUP, PLAN, test(), FAST),
    );
    expect(failed.message).toContain('no room');
    const [job] = await jobs();
    expect(job?.properties).toMatchObject({
      state: 'Failed',
      errors: [{ serviceErrorDetails: { message: 'no room' } }],
    });
    expect(twin.plane.machines.find('index-weu-test')).toBeUndefined();
    expect(await item()).toMatchObject({ testFailoverState: 'None', protectionState: 'Protected' });
  });

  it('that is made to fail changes nothing, and its job bears the code', async () => {
    await twin.send('POST', '/twin/faults', {
      fault: 'failing-operation',
      match: 'POST */testFailover',
      code: 'Broken',
    });
    await rejection(twin.site.replicationRecoveryPlans.beginTestFailoverAndWait(VAULT, GROUP, PLAN, test(), FAST));
    const [job] = await jobs();
    expect(job?.properties).toMatchObject({ state: 'Failed', errors: [{ serviceErrorDetails: { code: 'Broken' } }] });
    expect(askedOf('create machine')).toEqual([]);
  });

  it('is refused into a network of another region or none', async () => {
    const body = test(network(twin, 'nowhere'));
    expect(
      await rejection(twin.site.replicationRecoveryPlans.beginTestFailover(VAULT, GROUP, PLAN, body)),
    ).toMatchObject({
      statusCode: 400,
      code: 'InvalidRequestContent',
    });
  });
});

describe('a test failover of one item', () => {
  it('uses the point that is asked for', async () => {
    const [point] = await list(twin.site.recoveryPoints.listByReplicationProtectedItems(...ITEM));
    const items = twin.site.replicationProtectedItems;
    await items.beginTestFailoverAndWait(...ITEM, itemTest({ recoveryPointId: point?.id }), FAST);
    const [job] = await jobs();
    const details = job?.properties?.customDetails as { protectedItemDetails?: { recoveryPointId?: string }[] };
    expect(details.protectedItemDetails?.[0]?.recoveryPointId).toBe(point?.id);
    await items.beginTestFailoverCleanupAndWait(...ITEM, { properties: {} }, FAST);
    expect(
      await rejection(items.beginTestFailoverAndWait(...ITEM, itemTest({ recoveryPointId: 'none' }), FAST)),
    ).toMatchObject({
      message: expect.stringContaining('no recovery point'),
    });
  });
});

describe('a failover', () => {
  it('stops the source when asked to, is committed, and is reversed through the container', async () => {
    const items = twin.site.replicationProtectedItems;
    expect(await rejection(items.beginFailoverCommit(...ITEM))).toMatchObject({ code: 'OperationNotAllowed' });
    await items.beginUnplannedFailoverAndWait(...ITEM, failover('Required'), FAST);
    expect(askedOf('stop machine')).toEqual(['stop machine archive-weu']);
    expect(twin.plane.machines.find('archive-weu-recovered')).toMatchObject({ running: true, region: 'northeurope' });
    expect(await item()).toMatchObject({
      activeLocation: 'Recovery',
      protectionState: 'UnplannedFailoverCommitPendingStatesBegin',
      allowedOperations: ['Commit', 'DisableProtection'],
    });
    await items.beginFailoverCommitAndWait(...ITEM, FAST);
    expect((await item())?.allowedOperations).toEqual(['ReverseReplicate', 'DisableProtection']);

    const containers = twin.site.replicationProtectionContainers;
    const away = 'asr-a2a-default-northeurope';
    await containers.beginSwitchProtectionAndWait(
      VAULT,
      GROUP,
      FABRIC,
      CONTAINER,
      { properties: { replicationProtectedItemName: 'archive-weu', providerSpecificDetails: { instanceType: 'A2A' } } },
      FAST,
    );
    const reversed = [VAULT, GROUP, away, `${away}-container`, 'archive-weu'] as const;
    expect((await items.get(...reversed)).properties).toMatchObject({
      activeLocation: 'Primary',
      protectionState: 'InitialReplicationInProgress',
      allowedOperations: ['DisableProtection'],
    });
    expect(await rejection(items.get(...ITEM))).toMatchObject({ statusCode: 404 });
  });

  it('of a plan is partial when one of its machines could not be made', async () => {
    twin.plane.failing.set('create machine', new Error('no room'));
    const body = {
      properties: {
        failoverDirection: 'PrimaryToRecovery' as const,
        sourceSiteOperations: 'NotRequired' as const,
        providerSpecificDetails: [{ instanceType: 'A2A' as const, recoveryPointType: 'LatestProcessed' as const }],
      },
    };
    await twin.site.replicationRecoveryPlans.beginUnplannedFailoverAndWait(VAULT, GROUP, PLAN, body, FAST);
    const [job] = await jobs();
    expect(job?.properties).toMatchObject({ state: 'Succeeded', stateDescription: 'PartiallySucceeded' });
    expect(job?.properties?.errors).toHaveLength(1);
    expect(twin.plane.machines.find('index-weu-recovered')).toBeDefined();
    expect((await item())?.protectionState).toBe('Protected');
  });

  it('is not planned and not cancelled between regions of Azure', async () => {
    const items = twin.site.replicationProtectedItems;
    const planned = {
      properties: { failoverDirection: 'PrimaryToRecovery', providerSpecificDetails: { instanceType: 'A2A' as const } },
    };
    for (const asked of [
      () => items.beginPlannedFailover(...ITEM, planned as never),
      () => items.beginFailoverCancel(...ITEM),
    ])
      expect(await rejection(asked())).toMatchObject({ statusCode: 400, code: 'OperationNotSupported' });
  });

  it('needs its target region', async () => {
    twin.plane.down.add('northeurope');
    const failed = await rejection(
      twin.site.replicationProtectedItems.beginUnplannedFailoverAndWait(...ITEM, failover('NotRequired'), FAST),
    );
    expect(failed.message).toContain('northeurope is not available');
    expect((await item())?.protectionState).toBe('Protected');
  });
});

describe('the list of jobs', () => {
  it('is filtered by what its query says, and refuses what it cannot read', async () => {
    await twin.site.replicationProtectedItems.beginTestFailoverAndWait(...ITEM, itemTest(), FAST);
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    expect(await jobs(`StartTime eq '${at(-60_000)}' and EndTime eq '${at(60_000)}'`)).toHaveLength(1);
    expect(await jobs(`StartTime eq '${at(60_000)}'`)).toHaveLength(0);
    expect(await jobs("JobStatus eq 'InProgress'")).toHaveLength(0);
    expect(await rejection(jobs('StartTime gt 5'))).toMatchObject({ code: 'InvalidFilterInQueryString' });
    const { body } = await twin.send('GET', '/twin/operations');
    expect(body.operations?.[0] ?? body[0] ?? body.value?.[0]).toMatchObject({
      operation: `${BASE}/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/testFailover`,
    });
  });
});
