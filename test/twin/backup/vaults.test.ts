import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, rejection } from '../control/plane-under-test.ts';
import { GROUP, ITEM, restoreRequest, VAULT, vaultUnderTest } from './vault-under-test.ts';

const BACKUP = { properties: { objectType: 'IaasVMBackupRequest' as const } };

let twin: PlaneUnderTest;
beforeEach(async () => {
  twin = await vaultUnderTest();
});
afterEach(() => twin.close());

const points = () => Array.fromAsync(twin.backup.recoveryPoints.list(...ITEM));
const newestPoint = async () => (await points())[0]?.name ?? expect.fail('expected a recovery point, found none');
const jobs = (filter?: string) => Array.fromAsync(twin.backup.backupJobs.list(VAULT, GROUP, filter ? { filter } : {}));
// biome-ignore lint/suspicious/noExplicitAny: the SDK types a job by its kind
const jobOf = async (id: string) => (await twin.backup.jobDetails.get(VAULT, GROUP, id)).properties as any;

/** Restores, and gives the job's id as the service's operation says it. */
async function restore(changes: object = {}, headers: Record<string, string> = {}) {
  const id = await newestPoint();
  return twin.backup.restores.beginTrigger(
    ...ITEM,
    id,
    { properties: restoreRequest(twin, id, changes) },
    { requestOptions: { customHeaders: headers }, updateIntervalInMs: 50 },
  );
}

async function ended(id: string) {
  for (let tries = 0; tries < 200; tries += 1) {
    const job = await jobOf(id);
    if (!/ing$|InProgress/.test(job.status)) return job;
    await sleep(50);
  }
  return expect.fail(`the job ${id} did not end`);
}

const newestJob = async () => (await jobs())[0]?.name ?? expect.fail('expected a job, found none');

describe('a vault, driven by the Azure SDKs', () => {
  it('is shown and listed, with what it protects', async () => {
    const vault = await twin.vaults.vaults.get(GROUP, VAULT);
    expect(vault).toMatchObject({ name: VAULT, location: 'westeurope', sku: { name: 'RS0' } });
    expect((await Array.fromAsync(twin.vaults.vaults.listByResourceGroup(GROUP))).map(({ name }) => name)).toEqual([
      VAULT,
    ]);
    expect((await Array.fromAsync(twin.vaults.vaults.listBySubscriptionId())).length).toBe(1);
    expect((await Array.fromAsync(twin.vaults.usages.listByVaults(GROUP, VAULT)))[0]?.currentValue).toBe(1);
    expect(await rejection(twin.vaults.vaults.get(GROUP, 'nobody'))).toMatchObject({ statusCode: 404 });
    const filter = "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'";
    const [item, ...others] = await Array.fromAsync(twin.backup.backupProtectedItems.list(VAULT, GROUP, { filter }));
    expect(others).toEqual([]);
    expect(item?.properties).toMatchObject({
      friendlyName: 'archive-weu',
      protectionState: 'Protected',
      workloadType: 'VM',
    });
    expect(await twin.backup.protectedItems.get(...ITEM)).toMatchObject({ id: item?.id });
    expect((await Array.fromAsync(twin.backup.backupPolicies.list(VAULT, GROUP))).map(({ name }) => name)).toEqual([
      'DefaultPolicy',
    ]);
  });

  it('has a recovery point when it comes up, and says how it was taken', async () => {
    const [point] = await points();
    expect(point?.properties).toMatchObject({ objectType: 'IaasVMRecoveryPoint', recoveryPointType: 'AppConsistent' });
    expect((await twin.backup.recoveryPoints.get(...ITEM, point?.name ?? '')).name).toBe(point?.name);
    expect(await rejection(twin.backup.recoveryPoints.get(...ITEM, '1'))).toMatchObject({ statusCode: 404 });
    expect(twin.plane.asked).toContain('take archive-weu application');
  });

  it('lists the points of a window', async () => {
    const window = (from: string, to: string) =>
      Array.fromAsync(
        twin.backup.recoveryPoints.list(...ITEM, { filter: `startDate eq '${from}' and endDate eq '${to}'` }),
      );
    expect((await window('2020-01-01 12:00:00 AM', '2099-01-01 11:59:59 PM')).length).toBe(1);
    expect(await window('2020-01-01 12:00:00 AM', '2020-01-02 12:00:00 AM')).toEqual([]);
    expect(await rejection(window('yesterday', '2020-01-02 12:00:00 AM'))).toMatchObject({ statusCode: 400 });
  });

  it('backs up: the operation names the job, and the point is there when the job is over', async () => {
    const headers: Record<string, string> = {};
    await twin.backup.backups.trigger(...ITEM, BACKUP, {
      onResponse: (raw) => void Object.assign(headers, raw.headers.toJSON()),
    });
    const [job] = await jobs("operation eq 'Backup' and status eq 'InProgress'");
    expect(headers['azure-asyncoperation']).toContain(`/operationsStatus/${job?.name}?`);
    expect(await points()).toHaveLength(1);
    expect(await ended(job?.name ?? '')).toMatchObject({ operation: 'Backup', status: 'Completed' });
    expect(await points()).toHaveLength(2);
  });

  it('keeps no more points than its world says', async () => {
    for (let nth = 0; nth < 3; nth += 1) {
      await twin.backup.backups.trigger(...ITEM, BACKUP);
      await ended(await newestJob());
    }
    expect(await points()).toHaveLength(3);
    expect(twin.plane.asked.filter((line) => line.startsWith('removePoint'))).toHaveLength(1);
  });

  it('restores to another machine: the operation is done before the job', async () => {
    const activityId = randomUUID();
    const poller = await restore({}, { 'x-ms-client-request-id': activityId });
    await poller.pollUntilDone();
    const id = await newestJob();
    expect(await jobOf(id)).toMatchObject({ operation: 'Restore', status: 'InProgress', activityId });
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'Completed', entityFriendlyName: 'archive-weu' });
    expect(job.extendedInfo.propertyBag).toMatchObject({
      'Job Type': 'Recover VM to an alternate location',
      'Target VM Name': 'archive-restored',
      'Recovery point time ': expect.stringMatching(/^\d+\/\d+\/\d{4} \d+:\d\d:\d\d [AP]M$/),
    });
    const [disk, machine] = twin.plane.asked.filter((line) => line.startsWith('create'));
    expect(disk).toMatch(/^create disk archive-restored-datadisk-000-\d{8}-\d{6}$/);
    expect(machine).toMatch(/^create machine archive-restored archive-restored-datadisk-000-/);
  });

  it('restores disks alone', async () => {
    await restore({ recoveryType: 'RestoreDisks', targetVirtualMachineId: undefined });
    expect(await ended(await newestJob())).toMatchObject({ status: 'Completed' });
    expect(twin.plane.asked.filter((line) => line.startsWith('create'))).toHaveLength(1);
  });

  it.each([
    [{ recoveryType: 'OriginalLocation' }, 'UnsupportedByTwin'],
    [{ storageAccountId: undefined }, 'InvalidRequestContent'],
    [{ region: 'northeurope' }, 'InvalidRequestContent'],
    [{ subnetId: '/subscriptions/1' }, 'InvalidRequestContent'],
    [{ targetResourceGroupId: undefined }, 'UnsupportedByTwin'],
  ])('refuses a restore with %j before a job begins', async (changes, code) => {
    expect(await rejection(restore(changes))).toMatchObject({ code });
    expect(await jobs()).toEqual([]);
  });

  it('lets the job fail and not the operation when an operation is to fail', async () => {
    await twin.send('POST', '/twin/faults', {
      fault: 'failing-operation',
      match: 'POST */restore',
      code: 'UserErrorQuota',
      message: 'no cores',
    });
    await (await restore()).pollUntilDone();
    const job = await ended(await newestJob());
    expect(job).toMatchObject({
      status: 'Failed',
      errorDetails: [{ errorTitle: 'UserErrorQuota', errorString: 'no cores' }],
    });
    expect(twin.plane.asked.filter((line) => line.startsWith('create'))).toEqual([]);
  });

  it('starts one job when its reply is lost', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'lost-reply', match: 'POST */restore' });
    const id = await newestPoint();
    const once = twin.clients({ retryOptions: { maxRetries: 0 } }).backup;
    expect(
      await rejection(once.restores.beginTrigger(...ITEM, id, { properties: restoreRequest(twin, id) })),
    ).toBeInstanceOf(Error);
    expect(await jobs()).toHaveLength(1);
  });

  it('cancels a job that is at work, and none that is over', async () => {
    await restore();
    const id = await newestJob();
    await twin.backup.jobCancellations.trigger(VAULT, GROUP, id);
    expect(await ended(id)).toMatchObject({ status: 'Cancelled' });
    expect(await rejection(twin.backup.jobCancellations.trigger(VAULT, GROUP, id))).toMatchObject({ statusCode: 400 });
    expect(twin.plane.asked.filter((line) => line.startsWith('create'))).toEqual([]);
  });

  it('validates a restore without starting it', async () => {
    const id = await newestPoint();
    const resultsOf = async (changes: object) => {
      const properties = {
        objectType: 'ValidateIaasVMRestoreOperationRequest' as const,
        restoreRequest: restoreRequest(twin, id, changes),
      };
      const headers: Record<string, string> = {};
      const onResponse = ({ headers: got }: { headers: { toJSON: () => object } }) =>
        void Object.assign(headers, got.toJSON());
      const poller = await twin.backup.validateOperation.beginTrigger(VAULT, GROUP, { id, properties }, { onResponse });
      await poller.pollUntilDone();
      const operation = headers['location']?.split('?')[0]?.split('/').at(-1) ?? '';
      const url = new URL(headers['location'] ?? '');
      expect(operation).not.toBe('');
      return (await twin.send('GET', url.pathname + url.search)).body?.validateOperationResponse?.validationResults;
    };
    expect(await resultsOf({})).toEqual([]);
    expect(await resultsOf({ recoveryType: 'OriginalLocation' })).toMatchObject([{ code: 'UnsupportedByTwin' }]);
    expect(await jobs()).toEqual([]);
  });

  it('says when a look at its jobs can tell something new', async () => {
    const path = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.RecoveryServices/vaults/${VAULT}/backupJobs?api-version=2023-06-01`;
    expect((await twin.send('GET', path)).headers['retry-after']).toBe('1');
    await twin.send('POST', '/twin/faults', { fault: 'slow-operation', match: 'POST */restore', addMs: 60_000 });
    await restore();
    expect((await twin.send('GET', path)).headers['retry-after']).toBe('15');
  });

  it('keeps poll URLs to whoever has their signature', async () => {
    const headers: Record<string, string> = {};
    await twin.backup.backups.trigger(...ITEM, BACKUP, {
      onResponse: (raw) => void Object.assign(headers, raw.headers.toJSON()),
    });
    const url = new URL(headers['azure-asyncoperation'] ?? '');
    expect((await twin.send('GET', url.pathname + url.search)).status).toBe(200);
    url.searchParams.set('s', 'x');
    expect((await twin.send('GET', url.pathname + url.search)).status).toBe(403);
  });

  it('refuses more reads of jobs than an hour has, in the words of the service', async () => {
    const path = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.RecoveryServices/vaults/${VAULT}/backupJobs?api-version=2023-06-01`;
    let answer = await twin.send('GET', path);
    for (let reads = 1; reads < 2000 && answer.body?.error?.code !== 'ResourceRequestsThrottled'; reads += 1) {
      if (answer.status === 429) await sleep(200);
      answer = await twin.send('GET', path);
    }
    expect(answer).toMatchObject({ status: 429, headers: { 'x-ms-failure-cause': 'gateway' } });
    expect(answer.body.error.message).toMatch(
      /^Number of requests for action 'Microsoft.RecoveryServices\/vaults\/backupJobs\/read' exceeded the limit of '450' for time interval '01:00:00'. Please try again after '\d+' seconds.$/,
    );
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(3000);
    // Other reads have a limit of their own.
    expect(await points()).toHaveLength(1);
  });
});

describe('the schedule of a vault', () => {
  it('takes a point at every interval, and a point that cannot be taken is a gap', async () => {
    await twin.close();
    twin = await vaultUnderTest({
      recoveryVaults: (twin.world.recoveryVaults ?? []).map((vault) => ({
        ...vault,
        protects: vault.protects.map((item) => ({ ...item, every: 100 })),
      })),
    });
    for (let tries = 0; tries < 100 && (await points()).length < 3; tries += 1) await sleep(50);
    twin.plane.failing.set('take', new Error('the machine is away'));
    for (let tries = 0; tries < 100 && twin.troubles.length === 0; tries += 1) await sleep(50);
    expect(twin.troubles[0]).toContain('the machine is away');
    expect((await points()).length).toBe(3);
  });

  it('gives every point a second of its own, because jobs tell their time in seconds', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      await twin.backup.backups.trigger(...ITEM, BACKUP);
      await ended(await newestJob());
    }
    await expect.poll(async () => (await points()).length).toBe(3);
    const taken = (await points()).map(
      ({ properties }) => (properties as { recoveryPointTime?: Date }).recoveryPointTime,
    );
    expect(new Set(taken.map((at) => Math.floor((at?.getTime() ?? 0) / 1000))).size).toBe(3);
  });

  it('takes nothing from a region that is lost, and restores nothing there', async () => {
    const id = await newestPoint();
    twin.plane.down.add('westeurope');
    await twin.backup.backups.trigger(...ITEM, BACKUP);
    expect(await ended(await newestJob())).toMatchObject({
      status: 'Failed',
      errorDetails: [{ errorTitle: 'CloudInternalError' }],
    });
    await twin.backup.restores.beginTrigger(...ITEM, id, { properties: restoreRequest(twin, id) });
    expect(await ended(await newestJob())).toMatchObject({ operation: 'Restore', status: 'Failed' });
    expect(await points()).toHaveLength(1);
  });
});
