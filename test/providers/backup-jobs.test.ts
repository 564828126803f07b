import { setTimeout as sleep } from 'node:timers/promises';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobOver } from '../../src/providers/azure/backup/job-watch.ts';
import { choosePoint, pointFacts, pointInput } from '../../src/providers/azure/backup/recovery-points.ts';
import { backupTrigger } from '../../src/providers/azure/backup-trigger.ts';
import { backupAssert } from '../../src/providers/backup/backup-assert.ts';
import {
  api,
  ITEM,
  JOB,
  jobBody,
  MACHINE,
  OPERATION,
  POINTS,
  pointBody,
  SENT_AT,
  SOON,
  seeJobs,
  seeOperation,
  seePoints,
  sentContext,
  VAULT,
} from './backup-answers.ts';
import { buildWorld, inspect, rejection, startAndObserve } from './world-builder.ts';

const signal = () => AbortSignal.timeout(20_000);
const waitFor = (id: string, world = buildWorld()) =>
  jobOver({ vault: VAULT, since: SENT_AT, find: (jobs) => jobs.find((job) => job.id === id) }, world, signal());
/** Answers every list of jobs, and counts them. */
function countLists(answer: (nth: number) => { status: number; body: object; headers?: Record<string, string> }) {
  const seen = { lists: 0, details: 0, filter: '' };
  api()
    .persist()
    .get(`${VAULT}/backupJobs`)
    .query((query) => {
      seen.filter = String(query['$filter']);
      return true;
    })
    .reply((() => {
      seen.lists += 1;
      const { status, body, headers = SOON } = answer(seen.lists);
      return [status, body, headers];
    }) as never);
  api()
    .persist()
    .get(new RegExp(`${VAULT}/backupJobs/`))
    .query(true)
    .reply((() => {
      seen.details += 1;
      return [200, jobBody()];
    }) as never);
  return seen;
}

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('jobs of a vault', () => {
  it('are watched with one list for all who wait, and never one by one', async () => {
    const named = (name: string, status: string) => ({ ...jobBody({ status }), name });
    const seen = countLists((nth) => ({
      status: 200,
      body: { value: ['a', 'b', 'c'].map((name, at) => named(name, nth > 1 + at ? 'Completed' : 'InProgress')) },
    }));
    const world = buildWorld();
    const jobs = await Promise.all(['a', 'b', 'c'].map((id) => waitFor(id, world)));
    expect(jobs.map(({ id, status }) => `${id} ${status}`)).toEqual(['a Completed', 'b Completed', 'c Completed']);
    expect(seen).toMatchObject({ lists: 4, details: 0 });
    expect(seen.filter).toMatch(/^startTime eq '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [AP]M' and endTime eq '/);
  });

  it('are looked at every 15 seconds at most on Azure, whatever a service asks', async () => {
    const seen = countLists(() => ({ status: 200, body: { value: [jobBody({ status: 'InProgress' })] } }));
    const stop = new AbortController();
    const world = buildWorld({ kind: 'azure' });
    const waits = [1, 2].map(() =>
      jobOver({ vault: VAULT, since: SENT_AT, find: (jobs) => jobs[0] }, world, stop.signal),
    );
    const ends = Promise.all(waits.map(rejection));
    await sleep(1500);
    expect(seen.lists).toBe(1);
    stop.abort();
    expect((await ends).map(({ code }) => code)).toEqual(['arm-aborted', 'arm-aborted']);
    // Nobody waits, so nobody asks.
    await sleep(300);
    expect(seen.lists).toBe(1);
  });

  it('are waited for through throttling', async () => {
    const error = { error: { code: 'ResourceRequestsThrottled', message: 'Please try again' } };
    const seen = countLists((nth) =>
      nth <= 3
        ? { status: 429, body: error, headers: { 'retry-after-ms': '20' } }
        : { status: 200, body: { value: [jobBody()] } },
    );
    expect(await waitFor(JOB)).toMatchObject({ status: 'Completed' });
    expect(seen.lists).toBe(4);
  });

  it('are not decided about when their vault cannot be read', async () => {
    countLists(() => ({ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } }));
    expect(await rejection(waitFor(JOB))).toMatchObject({ code: 'arm-unauthorized', ambiguous: true });
    nock.cleanAll();
    countLists(() => ({ status: 200, body: { value: [{ name: 'x' }] } }));
    expect(await rejection(waitFor(JOB))).toMatchObject({ code: 'answer-invalid', ambiguous: true });
  });
});

describe('azure/backup.trigger', () => {
  const given = { vault: VAULT, machine: MACHINE, keepFor: 'P7D' };
  const backup = (changes: object = {}) => jobBody({ operation: 'Backup', ...changes });
  const fresh = pointBody('77', new Date(SENT_AT + 8000).toISOString());

  it('sends one request and ends with the recovery point of its job', async () => {
    api()
      .post(`${ITEM}/backup`, ({ properties }) => {
        const days = (Date.parse(properties.recoveryPointExpiryTimeInUTC) - Date.now()) / 86_400_000;
        return properties.objectType === 'IaasVMBackupRequest' && Math.round(days) === 7;
      })
      .query(true)
      .reply(202, '', OPERATION);
    seeOperation();
    seeJobs(backup({ status: 'InProgress' }));
    seeJobs(backup());
    seePoints([fresh, pointBody('1', '2026-11-18T09:30:00Z')]);
    expect(await startAndObserve(backupTrigger, given, sentContext())).toMatchObject({
      job: JOB,
      point: '77',
      takenAt: SENT_AT + 8000,
      consistency: 'AppConsistent',
    });
    expect(nock.isDone()).toBe(true);
  });

  it.each([
    [{ status: 'InProgress' }, { finding: 'running' }],
    [{}, { finding: 'done', output: { point: '77' } }],
    [{ activityId: 'of-somebody-else' }, { finding: 'not-started' }],
  ])('after a lost reply finds the job %j', async (changes, expected) => {
    seeJobs(backup(changes));
    seePoints([fresh]);
    expect(await inspect(backupTrigger, given, sentContext())).toMatchObject(expected);
  });

  it('is not started before anything was sent, and says when the vault does not protect the machine', async () => {
    seePoints([]);
    expect(await inspect(backupTrigger, given)).toMatchObject({ finding: 'not-started' });
    const error = { code: 'BMSUserErrorContainerObjectNotFound', message: 'not protected' };
    api().get(`${ITEM}/recoveryPoints`).query(true).reply(404, { error });
    expect(await rejection(inspect(backupTrigger, given))).toMatchObject({ code: 'arm-not-found', missing: true });
  });

  it('fails without a new point, and when the job failed', async () => {
    seeJobs(backup());
    seePoints([pointBody('1', '2026-11-18T09:30:00Z')]);
    expect(await rejection(inspect(backupTrigger, given, sentContext()))).toMatchObject({ code: 'point-missing' });
    seeJobs(backup({ status: 'Failed' }));
    expect(await rejection(inspect(backupTrigger, given, sentContext()))).toMatchObject({ code: 'job-failed' });
  });
});

describe('a recovery point', () => {
  const points = Array.from({ length: 12 }, (_, nth) => ({
    id: `p${nth}`,
    takenAt: nth * 1000 + (nth > 5 ? 4000 : 0),
    consistency: 'AppConsistent',
  }));
  const choose = (choice: unknown) => choosePoint(points, pointInput.parse(choice), MACHINE).id;

  it('is the newest, or the newest before an instant', () => {
    expect([choose(undefined), choose('newest'), choose({ before: 5000 }), choose({ before: 5001 })]).toEqual([
      'p11',
      'p11',
      'p4',
      'p5',
    ]);
  });

  it('is the same one for the same seed, and seeds reach all of them', () => {
    expect([choose({ random: 7 }), choose({ random: '7' })]).toEqual([choose({ random: 7 }), choose({ random: 7 })]);
    expect(new Set(Array.from({ length: 200 }, (_, seed) => choose({ random: seed }))).size).toBe(points.length);
  });

  it('is missing when none is old enough', () => {
    expect(() => choose({ before: 0 })).toThrow('expected a usable recovery point');
  });

  it('stands in gaps that are told as they were when the job began', () => {
    expect(pointFacts(points, 99_000)).toEqual({ usablePoints: 12, largestGapMs: 5000, newestAgeMs: 84_000 });
    expect(pointFacts(points, 5000)).toEqual({ usablePoints: 6, largestGapMs: 1000, newestAgeMs: 0 });
    expect(pointFacts(points.slice(0, 1), 5000)).toMatchObject({ usablePoints: 1, largestGapMs: null });
    expect(pointFacts([], 5000)).toEqual({ usablePoints: 0, largestGapMs: null, newestAgeMs: null });
  });
});

describe('backup/assert', () => {
  const assert = (expect: string) => startAndObserve(backupAssert, { vault: VAULT, machine: MACHINE, expect });

  it.each([
    ['usablePoints == 3 && consistency == "AppConsistent"'],
    ['largestGapMs == 48 * 3600000'],
    ['newestAgeMs >= 0'],
  ])('is green when %s', async (condition) => {
    seePoints();
    expect(await assert(condition)).toBeDefined();
  });

  it.each([
    ['usablePoints > 3', POINTS],
    ['largestGapMs < 3600000', POINTS],
    ['newestAgeMs < 1', POINTS.slice(2)],
    // With one point there is no gap, and without any nothing can be said.
    ['largestGapMs < 3600000', POINTS.slice(0, 1)],
    ['newestAgeMs < 3600000', []],
  ])('is red when %s does not hold', async (condition, points) => {
    seePoints(points);
    expect(await rejection(assert(condition))).toMatchObject({ code: 'check-failed' });
  });
});
