import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionContext } from '../../src/model/action.ts';
import { siteRecoveryCommit } from '../../src/providers/azure/siterecovery-commit.ts';
import { siteRecoveryFailover } from '../../src/providers/azure/siterecovery-failover.ts';
import { siteRecoveryReprotect } from '../../src/providers/azure/siterecovery-reprotect.ts';
import { siteRecoveryTestFailover } from '../../src/providers/azure/siterecovery-test-failover.ts';
import type { World } from '../../src/providers/world.ts';
import { buildWorld, contextOf, ENDPOINT, inspect, REQUEST_ID, rejection, SUBSCRIPTION } from './world-builder.ts';

const BASE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers`;
const VAULT = `${BASE}/Microsoft.RecoveryServices/vaults/vault1`;
const PLAN = `${VAULT}/replicationRecoveryPlans/plan1`;
const CONTAINER = `${VAULT}/replicationFabrics/fab1/replicationProtectionContainers/pc1`;
const ITEM = `${CONTAINER}/replicationProtectedItems/vm1`;
const NETWORK = `${BASE}/Microsoft.Network/virtualNetworks/drill`;
const AWAY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-dr`;
const TEST_MACHINE = `${AWAY}/providers/Microsoft.Compute/virtualMachines/vm1-test`;
const JOB = 'a93f3cd5-9035-4b1e-a2c9-b16df6d5d34b';
const OTHER_REQUEST = '11111111-9035-4b1e-a2c9-b16df6d5d34b';
const NOW = Date.parse('2026-11-21T10:00:00.000Z');
const version = { 'api-version': '2023-06-01' };
const given = { of: ITEM, network: NETWORK, machines: [TEST_MACHINE] };
const api = () => nock(ENDPOINT);
const TWIN = { ...buildWorld().environment, kind: 'twin' } as const;

/** A protected item as official examples show it. */
const item = (properties: object = {}) => ({
  id: ITEM,
  name: 'vm1',
  properties: {
    friendlyName: 'vm1',
    protectionState: 'Protected',
    protectionStateDescription: 'Protected',
    activeLocation: 'Primary',
    testFailoverState: 'None',
    allowedOperations: ['UnplannedFailover', 'DisableProtection', 'TestFailover'],
    replicationHealth: 'Normal',
    currentScenario: {
      scenarioName: 'None',
      jobId: `${VAULT}/replicationJobs/None`,
      startTime: '1753-01-01T01:01:01Z',
    },
    providerSpecificDetails: {
      instanceType: 'A2A',
      primaryFabricLocation: 'westeurope',
      recoveryFabricLocation: 'northeurope',
      recoveryAzureResourceGroupId: AWAY,
      rpoInSeconds: 114,
    },
    ...properties,
  },
});
const standing = item({
  protectionStateDescription: 'Cleanup test failover pending',
  testFailoverState: 'WaitingForCompletion',
  allowedOperations: ['TestFailoverCleanup'],
  currentScenario: { scenarioName: 'TestFailover', jobId: `${VAULT}/replicationJobs/${JOB}` },
});
const job = (properties: object = {}) => ({
  id: `${VAULT}/replicationJobs/${JOB}`,
  name: JOB,
  properties: {
    activityId: `${REQUEST_ID} ActivityId: c506b6ba-0711-411e-8b09-1f3f4dcb824b`,
    scenarioName: 'TestFailover',
    state: 'Suspended',
    stateDescription: 'WaitingForStopTestFailover',
    startTime: '2026-11-21T10:00:02.8191916Z',
    targetObjectName: 'vm1',
    targetInstanceType: 'ProtectionEntity',
    errors: [],
    customDetails: {
      instanceType: 'TestFailoverJobDetails',
      protectedItemDetails: [
        { name: 'vm1', friendlyName: 'vm1', testVmName: 'vm1-test', recoveryPointTime: '2026-11-21T09:58:06Z' },
      ],
    },
    ...properties,
  },
});

const seeItem = (body: object = item()) =>
  api()
    .get(`${VAULT}/replicationProtectedItems`)
    .query(version)
    .reply(200, { value: [body] });
const seeJob = (body: object = job(), name = JOB) =>
  api().get(`${VAULT}/replicationJobs/${name}`).query(version).reply(200, body);
const seeJobs = (...bodies: readonly object[]) =>
  api().get(`${VAULT}/replicationJobs`).query(true).reply(200, { value: bodies });
const sent = (overrides: Partial<ActionContext<World>> = {}) =>
  contextOf(buildWorld(), {
    intendedAt: NOW,
    attemptedAt: NOW,
    requests: [REQUEST_ID],
    now: () => NOW + 5000,
    ...overrides,
  });
const takeBack = (context = sent()) =>
  Promise.resolve(siteRecoveryTestFailover.takeBack?.(siteRecoveryTestFailover.input.parse(given), null, context));
const accepted = (guid = JOB) => ({
  'azure-asyncoperation': `${ENDPOINT}${VAULT}/replicationOperationStatus/${guid}?api-version=2023-06-01&s=signed`,
  location: `${ENDPOINT}${ITEM}/operationresults/${guid}?api-version=2023-06-01&s=signed`,
});

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('azure/siterecovery.test-failover', () => {
  it('sends what the Azure SDK sends, and ends when its job waits for the clean-up', async () => {
    const properties = {
      failoverDirection: 'PrimaryToRecovery',
      networkType: 'VmNetworkAsInput',
      networkId: NETWORK,
      providerSpecificDetails: { instanceType: 'A2A' },
    };
    const posted = api()
      .post(`${ITEM}/testFailover`, { properties })
      .query(version)
      .matchHeader('x-ms-client-request-id', REQUEST_ID)
      .reply(202, '', accepted());
    seeJob(job({ state: 'NotStarted', stateDescription: 'NotStarted' }));
    seeJob(job({ state: 'InProgress', stateDescription: 'InProgress' }));
    seeJob();
    seeItem(standing);
    const input = siteRecoveryTestFailover.input.parse(given);
    const started = await siteRecoveryTestFailover.start(input, sent());
    const handle = started.kind === 'accepted' ? started.handle : undefined;
    expect(await siteRecoveryTestFailover.observe(input, handle, sent())).toEqual({
      of: ITEM,
      network: NETWORK,
      job: JOB,
      startedAt: Date.parse('2026-11-21T10:00:02.819Z'),
      machines: [
        { item: 'vm1', machine: TEST_MACHINE, recoveryPointAt: Date.parse('2026-11-21T09:58:06Z'), rpoInSeconds: 114 },
      ],
      oldestRecoveryPointAt: Date.parse('2026-11-21T09:58:06Z'),
      rpoInSeconds: 114,
    });
    expect(posted.isDone()).toBe(true);
  });

  it('asks a recovery plan for its point by kind', async () => {
    const properties = {
      failoverDirection: 'PrimaryToRecovery',
      networkType: 'VmNetworkAsInput',
      networkId: NETWORK,
      providerSpecificDetails: [{ instanceType: 'A2A', recoveryPointType: 'LatestProcessed' }],
    };
    const posted = api().post(`${PLAN}/testFailover`, { properties }).query(version).reply(202, '', accepted());
    const input = siteRecoveryTestFailover.input.parse({ ...given, of: PLAN, point: 'LatestProcessed' });
    await siteRecoveryTestFailover.start(input, sent());
    expect(posted.isDone()).toBe(true);
  });

  it.each([
    [{ state: 'Failed', stateDescription: 'Failed' }, 'Failed'],
    [{ state: 'Cancelled', stateDescription: 'Cancelled' }, 'Cancelled'],
    [{ state: 'Succeeded', stateDescription: 'PartiallySucceeded' }, 'PartiallySucceeded'],
    [{ state: 'Succeeded', stateDescription: 'Completed' }, 'already'],
  ])('fails when its job is %j, whatever the operation says', async (properties, said) => {
    api().post(`${ITEM}/testFailover`).query(true).reply(202, '', accepted());
    const errors = [{ serviceErrorDetails: { code: '28031', message: 'the machine was not created' } }];
    seeJob(job({ ...properties, errors }));
    const input = siteRecoveryTestFailover.input.parse(given);
    const started = await siteRecoveryTestFailover.start(input, sent());
    const handle = started.kind === 'accepted' ? started.handle : undefined;
    const failed = await rejection(siteRecoveryTestFailover.observe(input, handle, sent()));
    expect(failed).toMatchObject({ code: 'job-failed', message: expect.stringContaining(said), retryable: false });
  });

  it('is not started where nothing stands, and unknown where the service does not allow it', async () => {
    seeItem();
    expect(await inspect(siteRecoveryTestFailover, given)).toMatchObject({ finding: 'not-started' });
    seeItem(item({ protectionState: 'InitialReplicationInProgress', allowedOperations: ['DisableProtection'] }));
    expect(await inspect(siteRecoveryTestFailover, given)).toMatchObject({ finding: 'unknown' });
  });

  it.each([
    ['names its request', {}, {}],
    ['the service named in its answer, as the output of the step tells', { activityId: '' }, { output: { job: JOB } }],
  ])('finds its own job that %s', async (_, properties, known) => {
    seeItem(standing);
    seeJobs(job(properties));
    seeItem(standing);
    expect(await inspect(siteRecoveryTestFailover, given, sent(known))).toMatchObject({ finding: 'done' });
  });

  it('is unknown when a job that names no request began after the intent: anybody may have begun it', async () => {
    // The portal can begin a test failover in the very second in which our own reply is lost.
    const unnamed = job({ activityId: '' });
    seeItem(standing);
    seeJobs(unnamed);
    seeJob(unnamed);
    expect(await inspect(siteRecoveryTestFailover, given, sent())).toMatchObject({ finding: 'unknown' });
    seeItem(standing);
    seeJobs(unnamed);
    seeJob(unnamed);
    expect(await rejection(takeBack())).toMatchObject({
      code: 'test-failover-stands',
      message: expect.stringContaining('nobody can tell whose'),
    });
  });

  it('is unknown, and not over, while such a job is at work and nothing stands yet', async () => {
    const atWork = job({ activityId: '', state: 'InProgress', stateDescription: 'InProgress' });
    seeItem();
    seeJobs(atWork);
    expect(await inspect(siteRecoveryTestFailover, given, sent())).toMatchObject({ finding: 'unknown' });
    seeItem();
    seeJobs(atWork);
    // Taking back waits until that job has ended, and only then says what stands.
    seeItem(standing);
    seeJobs(job({ activityId: '' }));
    seeJob(job({ activityId: '' }));
    expect(await rejection(takeBack(sent({ world: { ...buildWorld(), environment: TWIN } })))).toMatchObject({
      code: 'test-failover-stands',
    });
  });

  it('is cleaned up when the service named its job although the job names no request', async () => {
    const cleanup = 'b1111111-9035-4b1e-a2c9-b16df6d5d34b';
    seeItem(standing);
    seeJobs(job({ activityId: '' }));
    seeJob(job({ activityId: '' }));
    const posted = api().post(`${ITEM}/testFailoverCleanup`).query(version).reply(202, '', accepted(cleanup));
    const over = { scenarioName: 'TestFailoverCleanup', state: 'Succeeded', stateDescription: 'Completed' };
    seeJob({ ...job(over), name: cleanup }, cleanup);
    seeItem();
    seeJobs(job({ activityId: '', state: 'Succeeded', stateDescription: 'Completed' }));
    expect(await takeBack(sent({ output: { job: JOB } }))).toMatchObject({ cleaned: true });
    expect(posted.isDone()).toBe(true);
  });

  it.each([
    ['names another request', { activityId: `${OTHER_REQUEST} ActivityId: ${OTHER_REQUEST}` }],
    ['names no request and began long before the intent', { activityId: '', startTime: '2026-11-21T09:57:59Z' }],
  ])('never takes a job for its own that %s, and never cleans up after it', async (_, properties) => {
    seeItem(standing);
    seeJobs(job(properties));
    seeJob(job(properties));
    expect(await rejection(inspect(siteRecoveryTestFailover, given, sent()))).toMatchObject({
      code: 'test-failover-stands',
      message: expect.stringContaining(JOB),
    });
    seeItem(standing);
    seeJobs(job(properties));
    seeJob(job(properties));
    // A clean-up would find no answer here, and fail with another error.
    expect(await rejection(takeBack())).toMatchObject({ code: 'test-failover-stands' });
  });

  it.each([
    ['at nobody knows when', null],
    ['before the intent by less than two clocks may differ', '2026-11-21T09:59:59Z'],
  ])('is unknown when a job that names no request began %s', async (_, startTime) => {
    seeItem(standing);
    seeJobs(job({ activityId: '', startTime }));
    seeJob(job({ activityId: '', startTime }));
    expect(await inspect(siteRecoveryTestFailover, given, sent())).toMatchObject({ finding: 'unknown' });
  });

  it('is taken back by one clean-up that says whose it is, and by none when nothing was sent', async () => {
    const cleanup = 'b1111111-9035-4b1e-a2c9-b16df6d5d34b';
    seeItem(standing);
    seeJobs(job());
    seeJob();
    const posted = api()
      .post(`${ITEM}/testFailoverCleanup`, { properties: { comments: 'drillmaster run-1' } })
      .query(version)
      .reply(202, '', accepted(cleanup));
    const over = { scenarioName: 'TestFailoverCleanup', state: 'Succeeded', stateDescription: 'Completed' };
    seeJob({ ...job(over), name: cleanup }, cleanup);
    seeItem();
    seeJobs(job({ state: 'Succeeded', stateDescription: 'Completed' }));
    expect(await takeBack()).toMatchObject({ cleaned: true, machines: [TEST_MACHINE] });
    expect(posted.isDone()).toBe(true);
    expect(await takeBack(sent({ intendedAt: undefined, requests: [] }))).toMatchObject({ cleaned: false });
  });

  it('survives polls that fail', async () => {
    api().post(`${ITEM}/testFailover`).query(true).reply(202, '', accepted());
    const path = `${VAULT}/replicationJobs/${JOB}`;
    api()
      .get(path)
      .query(true)
      .reply(404, { error: { code: 'ResourceNotFound', message: 'not yet' } });
    api().get(path).query(true).reply(500, '');
    api().get(path).query(true).reply(429, '', { 'retry-after-ms': '10' });
    seeJob();
    seeItem(standing);
    const input = siteRecoveryTestFailover.input.parse(given);
    const started = await siteRecoveryTestFailover.start(input, sent({ now: Date.now }));
    const handle = started.kind === 'accepted' ? started.handle : undefined;
    expect(await siteRecoveryTestFailover.observe(input, handle, sent({ now: Date.now }))).toMatchObject({ job: JOB });
  });

  it.each([
    [{ ...given, of: VAULT }],
    [{ ...given, machines: [] }],
    [{ ...given, network: VAULT }],
    [{ ...given, machines: ['vm1-test'] }],
  ])('refuses the input %j', (input) => {
    expect(siteRecoveryTestFailover.input.safeParse(input).success).toBe(false);
  });
});

const failedOver = item({
  protectionState: 'UnplannedFailoverCommitPendingStatesBegin',
  activeLocation: 'Recovery',
  allowedOperations: ['Commit', 'DisableProtection'],
});
const committed = item({
  protectionState: 'UnplannedFailoverCommitted',
  activeLocation: 'Recovery',
  allowedOperations: ['ReverseReplicate'],
});
const working = (scenarioName: string) =>
  item({ allowedOperations: [], currentScenario: { scenarioName, jobId: `${VAULT}/replicationJobs/${JOB}` } });

describe('what azure/siterecovery.failover makes', () => {
  const MADE = TEST_MACHINE.replace('vm1-test', 'vm1');
  const input = siteRecoveryFailover.input.parse({ of: ITEM, machines: [MADE] });
  const before = { items: [{ item: 'vm1', primaryLocation: 'westeurope' }] };
  const remove = () =>
    Promise.resolve(
      siteRecoveryFailover.takeBack?.(input, before, sent({ world: { ...buildWorld(), environment: TWIN } })),
    );
  const seeMachine = (status: number) =>
    api()
      .get(MADE)
      .query(true)
      .reply(status, status === 200 ? { id: MADE } : { error: { code: 'ResourceNotFound', message: 'none' } });
  const reversed = item({
    providerSpecificDetails: { instanceType: 'A2A', primaryFabricLocation: 'northeurope' },
  });

  it('is what the step says, and nothing of a failover that leads home', () => {
    expect(siteRecoveryFailover.creates?.(input)).toEqual([MADE]);
    expect(siteRecoveryFailover.creates?.(siteRecoveryFailover.input.parse({ of: ITEM }))).toEqual([]);
  });

  it('must be what the service would make, before anything is sent', async () => {
    seeItem();
    expect(await inspect(siteRecoveryFailover, { of: ITEM, machines: [MADE] })).toMatchObject({
      finding: 'not-started',
    });
    seeItem();
    expect(await rejection(inspect(siteRecoveryFailover, { of: ITEM, machines: [TEST_MACHINE] }))).toMatchObject({
      code: 'machines-differ',
      message: expect.stringContaining(MADE),
    });
  });

  it('is waited for until the service has removed it, and is never deleted by the step', async () => {
    seeItem();
    seeMachine(200);
    seeItem();
    seeMachine(404);
    expect(await remove()).toEqual({ of: ITEM, machines: [MADE], removed: true });
    expect(nock.isDone()).toBe(true);
  });

  it.each([
    ['runs there', 200, () => failedOver],
    ['is replicated from there', 404, () => reversed],
  ])('is left alone while the item %s', async (_, status, body) => {
    seeItem(body());
    seeMachine(status);
    expect(await rejection(remove())).toMatchObject({ code: 'failover-stands', retryable: false });
  });

  it('is not said to be gone while a failover is at work that will make it', async () => {
    const busy = working('UnplannedFailover');
    const going = { scenarioName: 'UnplannedFailover', state: 'InProgress', stateDescription: 'InProgress' };
    seeItem(busy);
    seeJob(job(going));
    seeMachine(404);
    seeItem(failedOver);
    seeMachine(200);
    expect(await rejection(remove())).toMatchObject({ code: 'failover-stands' });
    expect(nock.isDone()).toBe(true);
  });
});

describe('azure/siterecovery.failover, commit and reprotect', () => {
  it.each([
    [siteRecoveryFailover, {}, item(), 'not-started'],
    [siteRecoveryFailover, {}, failedOver, 'done'],
    [siteRecoveryFailover, {}, standing, 'unknown'],
    [siteRecoveryCommit, {}, failedOver, 'not-started'],
    [siteRecoveryCommit, {}, committed, 'done'],
    [siteRecoveryCommit, {}, item(), 'unknown'],
    [siteRecoveryReprotect, { region: 'northeurope' }, committed, 'not-started'],
    [siteRecoveryReprotect, { region: 'westeurope' }, item(), 'done'],
    [siteRecoveryReprotect, { region: 'northeurope' }, item(), 'unknown'],
  ])('%# finds what stands', async (action, more, body, finding) => {
    seeItem(body);
    if (body === standing) seeJob();
    expect(await inspect(action, { of: ITEM, ...more })).toMatchObject({ finding });
  });

  it.each([
    [siteRecoveryFailover, {}, 'UnplannedFailover'],
    [siteRecoveryCommit, {}, 'CommitFailover'],
    [siteRecoveryReprotect, { region: 'northeurope' }, 'ReverseReplication'],
  ])(
    '%# waits for a job of its kind that names no request, and does not take it for its own',
    async (action, more, scenario) => {
      const unnamed = { activityId: '', scenarioName: scenario };
      seeItem(working(scenario));
      seeJobs(job({ ...unnamed, state: 'InProgress', stateDescription: 'InProgress' }));
      const ended = seeJob(job({ ...unnamed, state: 'Succeeded', stateDescription: 'Completed' }));
      const input = action.input.parse({ of: ITEM, ...more });
      expect(await rejection(action.observe(input, undefined, sent()))).toMatchObject({
        code: 'job-failed',
        ambiguous: true,
      });
      expect(ended.isDone()).toBe(true);
    },
  );

  it.each([
    [siteRecoveryFailover, {}, 'UnplannedFailover'],
    [siteRecoveryCommit, {}, 'CommitFailover'],
    [siteRecoveryReprotect, { region: 'northeurope' }, 'ReverseReplication'],
  ])('%# is running while a job of its kind is at work, whoever began it', async (action, more, scenario) => {
    seeItem(working(scenario));
    seeJob(job({ scenarioName: scenario, state: 'InProgress', stateDescription: 'InProgress' }));
    expect(await inspect(action, { of: ITEM, ...more })).toMatchObject({ finding: 'running' });
  });

  it('send what the Azure SDK sends', async () => {
    const failover = {
      failoverDirection: 'PrimaryToRecovery',
      sourceSiteOperations: 'Required',
      providerSpecificDetails: { instanceType: 'A2A' },
    };
    const reversal = {
      replicationProtectedItemName: 'vm1',
      providerSpecificDetails: { instanceType: 'A2A', recoveryContainerId: CONTAINER, policyId: '/policy' },
    };
    const posted = [
      api().post(`${ITEM}/unplannedFailover`, { properties: failover }).query(version).reply(202, '', accepted()),
      api().post(`${ITEM}/failoverCommit`, '').query(version).reply(202, '', accepted()),
      api().post(`${CONTAINER}/switchprotection`, { properties: reversal }).query(version).reply(202, '', accepted()),
      api().post(`${PLAN}/reProtect`, '').query(version).reply(202, '', accepted()),
    ];
    const region = 'northeurope';
    const of = (action: typeof siteRecoveryFailover, input: object) => action.start(action.input.parse(input), sent());
    await of(siteRecoveryFailover, { of: ITEM });
    await of(siteRecoveryCommit, { of: ITEM });
    await of(siteRecoveryReprotect, { of: ITEM, region, details: { policyId: '/policy' } });
    await of(siteRecoveryReprotect, { of: PLAN, region });
    expect(posted.map((scope) => scope.isDone())).toEqual([true, true, true, true]);
  });
});
