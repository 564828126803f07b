import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupRestoreDisks } from '../../src/providers/azure/backup-restore-disks.ts';
import { backupRestoreMachine } from '../../src/providers/azure/backup-restore-machine.ts';
import {
  api,
  CARD,
  CARDS,
  DISK,
  DISKS,
  GROUP,
  ITEM,
  JOB,
  jobBody,
  MACHINE,
  OPERATION,
  ours,
  RESTORING,
  SENT_AT,
  STAGING,
  SUBNET,
  seeCards,
  seeDisks,
  seeJob,
  seeJobs,
  seeMachine,
  seeNothing,
  seeOperation,
  seePoints,
  seeVault,
  sentContext,
  TARGET,
  VAULT,
} from './backup-answers.ts';
import { buildWorld, contextOf, inspect, rejection, startAndObserve } from './world-builder.ts';

const RUNNING = { status: 'InProgress' };
const FAILED = {
  status: 'Failed',
  errorDetails: [{ errorCode: 400001, errorTitle: 'UserErrorQuota', errorString: 'no cores left' }],
};
const takeBack = () =>
  backupRestoreMachine.takeBack?.(backupRestoreMachine.input.parse(RESTORING), null, sentContext());
const look = (context = sentContext()) => inspect(backupRestoreMachine, RESTORING, context);
const observe = (context = sentContext()) =>
  backupRestoreMachine.observe(backupRestoreMachine.input.parse(RESTORING), undefined, context);

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const accept = (body: nock.RequestBodyMatcher) =>
  api().post(`${ITEM}/recoveryPoints/3/restore`, body).query({ 'api-version': '2024-04-01' }).reply(202, '', OPERATION);

/** One that stands, is deleted once, and is gone. */
function seeDeletion(id: string): void {
  api()
    .get(id)
    .query(true)
    .reply(200, { id, properties: { provisioningState: 'Succeeded' } });
  api().delete(id).query(true).reply(202, '', OPERATION);
  seeOperation();
  seeNothing(id);
  seeNothing(id);
}

describe('azure/backup.restore-machine', () => {
  it('creates the machine, and the disks and interfaces whose names the service makes, and writes to nothing', () => {
    const input = backupRestoreMachine.input.parse(RESTORING);
    expect([backupRestoreMachine.creates?.(input), backupRestoreMachine.writes(input)]).toEqual([
      [TARGET, `${DISKS}/archive-copy-*`, `${CARDS}/archive-copy-*`],
      [],
    ]);
  });

  it('sends one request for the newest point and waits for the job, not for the operation', async () => {
    seeVault();
    seePoints();
    accept({
      properties: {
        objectType: 'IaasVMRestoreRequest',
        recoveryPointId: '3',
        recoveryType: 'AlternateLocation',
        sourceResourceId: MACHINE,
        targetVirtualMachineId: TARGET,
        targetResourceGroupId: GROUP,
        storageAccountId: STAGING,
        virtualNetworkId: SUBNET.replace('/subnets/isolated', ''),
        subnetId: SUBNET,
        region: 'westeurope',
        createNewCloudService: false,
        originalStorageAccountOption: false,
        encryptionDetails: { encryptionEnabled: false },
      },
    });
    seeOperation('InProgress');
    seeOperation();
    seeJobs(jobBody(RUNNING));
    seeJobs(jobBody());
    seeMachine();
    seeJob();
    seePoints();
    const output = await startAndObserve(backupRestoreMachine, RESTORING, sentContext());
    expect(output).toMatchObject({
      vault: VAULT,
      source: MACHINE,
      machine: TARGET,
      disks: [DISK],
      interfaces: [CARD],
      job: JOB,
      point: '3',
      takenAt: Date.parse('2026-11-21T09:30:15.328Z'),
      consistency: 'AppConsistent',
      usablePoints: 3,
      largestGapMs: 48 * 3600_000,
      ageMs: SENT_AT - Date.parse('2026-11-21T09:30:15.328Z'),
    });
    expect(nock.isDone()).toBe(true);
  });

  it.each([
    [FAILED, 'UserErrorQuota: no cores left'],
    [{ status: 'CompletedWithWarnings' }, 'CompletedWithWarnings'],
    [{ status: 'Cancelled' }, 'Cancelled'],
    [{ status: 'PartiallySucceeded' }, 'PartiallySucceeded'],
  ])('fails when its job is %j, although the operation succeeded', async (changes, words) => {
    seeJobs(jobBody(changes));
    expect(await rejection(observe())).toMatchObject({
      code: 'job-failed',
      ambiguous: false,
      retryable: false,
      message: expect.stringContaining(words),
    });
  });

  it('sends nothing when no point can be used', async () => {
    for (const points of [
      [],
      [
        {
          ...jobBody(),
          name: '9',
          properties: {
            recoveryPointType: 'AppConsistent',
            recoveryPointTime: '2026-11-21T09:00:00Z',
            recoveryPointTierDetails: [{ type: 'ArchivedRP', status: 'Valid' }],
          },
        },
      ],
    ]) {
      seeVault();
      seePoints(points);
      expect(await rejection(startAndObserve(backupRestoreMachine, RESTORING))).toMatchObject({
        code: 'point-missing',
        ambiguous: false,
      });
    }
  });

  it('is not started before anything was sent, and refuses a machine that stands there', async () => {
    seeNothing();
    expect(await look(contextOf(buildWorld()))).toMatchObject({ finding: 'not-started' });
    seeMachine();
    expect(await rejection(look(contextOf(buildWorld())))).toMatchObject({ code: 'name-taken' });
  });

  it('finds the job that answers its own request after a lost reply', async () => {
    seeNothing();
    seeJobs(jobBody(RUNNING), jobBody({ status: 'Completed', activityId: 'somebody-else' }));
    const context = sentContext();
    expect(await look(context)).toMatchObject({ finding: 'running' });
    seeJobs(jobBody());
    seeMachine();
    seeJob();
    seePoints();
    expect(await observe(context)).toMatchObject({ machine: TARGET, job: JOB });
  });

  it('finds a restore that is done, and never guesses about one whose machine is away', async () => {
    seeMachine();
    seeJobs(jobBody());
    seeMachine();
    seeJob();
    seePoints();
    expect(await look()).toMatchObject({ finding: 'done', output: { point: '3' } });
    seeNothing();
    seeJobs(jobBody());
    expect(await look()).toMatchObject({ finding: 'unknown' });
  });

  it("takes nobody else's job for its own", async () => {
    seeNothing();
    seeJobs(jobBody({ activityId: 'c00a84fb-f71e-11ed-ac1b-c8f750f92764' }));
    expect(await look()).toMatchObject({ finding: 'not-started' });
  });

  it('says that the attempt failed when its job failed, and lets the next attempt begin', async () => {
    seeNothing();
    seeJobs(jobBody(FAILED));
    expect(await rejection(look())).toMatchObject({ code: 'job-failed' });
    seeNothing();
    seeJobs(jobBody(FAILED));
    expect(await look({ ...sentContext(), attemptedAt: undefined })).toMatchObject({ finding: 'not-started' });
  });

  it('is taken back by deleting the machine, its interface and the disks of its own job', async () => {
    const other = { id: `${DISKS}/archive-osdisk-20260101-000000`, tags: { RSVaultBackup: 'another-job' } };
    seeJobs(jobBody());
    seeDisks(ours, other, { id: `${DISKS}/plain` });
    seeMachine();
    const mark = { 'drillmaster-step': 'run-1/step-1' };
    // The mark stands before the machine goes: a process that dies in between finds the interface again.
    api()
      .patch(`${CARD}/providers/Microsoft.Resources/tags/default`, {
        operation: 'Merge',
        properties: { tags: mark },
      })
      .query(true)
      .reply(200, {});
    const elsewhere = { id: `${CARDS}/in-use`, tags: mark, properties: { virtualMachine: { id: MACHINE } } };
    seeCards({ id: CARD, tags: mark }, { id: `${CARDS}/plain` }, elsewhere);
    for (const id of [TARGET, CARD, DISK]) seeDeletion(id);
    expect(await takeBack()).toEqual({ machine: TARGET, removed: true, disks: [DISK], interfaces: [CARD] });
    expect(nock.isDone()).toBe(true);
  });

  it('marks no interface of another resource group: the restore did not make it', async () => {
    seeJobs(jobBody());
    seeDisks(ours);
    seeMachine(DISK, CARD, CARD.replace('/rg-weu/', '/rg-hub/'));
    // A mark on the other one would find no answer here, and fail.
    api().patch(`${CARD}/providers/Microsoft.Resources/tags/default`).query(true).reply(200, {});
    seeCards();
    for (const id of [TARGET, DISK]) seeDeletion(id);
    expect(await takeBack()).toMatchObject({ machine: TARGET, removed: true });
    expect(nock.isDone()).toBe(true);
  });

  it('is taken back a second time without a deletion', async () => {
    seeJobs(jobBody());
    seeDisks();
    seeNothing();
    seeCards();
    expect(await takeBack()).toEqual({ machine: TARGET, removed: false, disks: [], interfaces: [] });
  });

  it('waits for its job before it takes anything back', async () => {
    seeJobs(jobBody(RUNNING));
    seeJobs(jobBody(RUNNING));
    seeJobs(jobBody(FAILED));
    seeDisks();
    seeNothing();
    seeCards();
    expect(await takeBack()).toMatchObject({ removed: false });
    expect(nock.isDone()).toBe(true);
  });

  it('never removes a machine with disks that its job did not restore', async () => {
    seeJobs(jobBody());
    seeDisks(ours);
    seeMachine(`${DISKS}/of-somebody`);
    // A deletion would find no answer here, and fail with another error.
    expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'name-taken' });
  });
});

describe('azure/backup.restore-disks', () => {
  const given = {
    vault: VAULT,
    machine: MACHINE,
    group: 'rg-weu',
    stagingAccount: STAGING,
    point: { before: '2026-11-21T00:00:00Z' },
  };

  it('restores the newest point before an instant, and says which', async () => {
    seeVault();
    seePoints();
    api()
      .post(
        `${ITEM}/recoveryPoints/2/restore`,
        ({ properties }) => properties.recoveryType === 'RestoreDisks' && properties.targetResourceGroupId === GROUP,
      )
      .query(true)
      .reply(202, '', OPERATION);
    seeOperation();
    seeJobs(jobBody());
    seeDisks(ours);
    seeJob({ extendedInfo: { propertyBag: { 'Recovery point time ': '11/20/2026 9:30:00 AM' } } });
    seePoints();
    expect(await startAndObserve(backupRestoreDisks, given, sentContext())).toMatchObject({
      disks: [DISK],
      point: '2',
      consistency: 'CrashConsistent',
    });
  });

  it('fails when the job is completed and no disk of it stands', async () => {
    seeJobs(jobBody());
    seeDisks({ id: DISK, tags: { RSVaultBackup: 'another-job' } });
    const observed = backupRestoreDisks.observe(backupRestoreDisks.input.parse(given), undefined, sentContext());
    expect(await rejection(observed)).toMatchObject({ code: 'restore-failed' });
  });
});
