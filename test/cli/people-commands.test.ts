// Commands of people to a run: what they say, what they refuse, and what stands in the inbox afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import type { EventBody } from '../../src/model/events.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { fired, held, opened, ready, started, succeeded } from '../statechart/bodies.ts';
import { drillPlan, fault, recovery } from '../statechart/drills.ts';
import { runInProcess } from './terminal.ts';

const plan = drillPlan([fault('lose'), recovery('promote')], {
  title: 'Orders loses West Europe',
  scope: ['/subscriptions/s/resourceGroups/g/providers/Microsoft.Test/things/db'],
  approvals: { required: 2, roles: ['dr-lead', 'ops'], expiresMs: 3_600_000 },
  declaration: { automatic: false, roles: ['dr-lead'], timeoutMs: 60_000 },
});
const digest = planDigest(plan);
let state = '';

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'drillmaster-people-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const withStore = async <T>(use: (store: ReturnType<typeof openSqliteStore>) => Promise<T>): Promise<T> => {
  const store = openSqliteStore(join(state, 'journal.db'));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
};

/** A run of these events in the hands of this process, or closed. */
const leaveRun = (events: readonly EventBody[], { outcome }: { outcome?: string } = {}) =>
  withStore(async (store) => {
    const first = { ...opened, planDigest: digest, requestedBy: 'kim' } as EventBody;
    const record = { run: 'run-1', drill: plan.drill, openedAt: 1, plan: JSON.stringify(plan) };
    const journal = await store.create(record, { at: 1, body: first });
    await journal.append(events.map((body, index) => ({ at: index + 2, body })));
    if (outcome !== undefined) await journal.release(outcome);
  });
/** Reads the inbox as the next writer would. */
async function inbox() {
  const self = { pid: 1, startedAt: 'another' };
  const store = openSqliteStore(join(state, 'journal.db'), { self, isAlive: () => false });
  try {
    const journal = await store.take('run-1');
    return (await journal.commands()).map(({ command }) => command);
  } finally {
    await store.close();
  }
}

const run = (...argv: readonly string[]) => runInProcess(...argv, '--state', state);
const approvalBy = (as: string): EventBody => ({
  type: 'approval.decided',
  decision: 'approved',
  as,
  role: 'ops',
  verified: false,
  automatic: false,
  planDigest: digest,
});

describe('status', () => {
  it('says which step timed out, and after how long', async () => {
    const sent = [ready, approvalBy('sam'), approvalBy('dana'), held, started('lose'), fired('timeout:lose:1')];
    await leaveRun(sent);
    expect((await run('status', 'run-1')).out).toMatch(/ lose +inspecting, timed out after /);
    const { steps } = JSON.parse((await run('status', 'run-1', '--json')).out) as { steps: readonly object[] };
    expect(steps[0]).toMatchObject({ id: 'lose', status: 'inspecting', timedOutAfterMs: plan.steps[0]?.timeoutMs });
    expect(steps[1]).not.toHaveProperty('timedOutAfterMs');
  });
});

describe('approve', () => {
  it('says what is approved and how many are missing, and posts it with the digest', async () => {
    await leaveRun([ready]);
    const { status, out } = await run('approve', 'run-1', '--as', 'dana', '--role', 'dr-lead', '--note', 'quarterly');
    expect(status).toBe(0);
    expect(out).toContain('Orders loses West Europe');
    expect(out).toContain('Microsoft.Test/things/db');
    expect(out).toContain(digest);
    expect(out).toContain('1 of 2 approvals; 1 missing of dr-lead or ops, good for 1 h');
    expect(await inbox()).toEqual([
      { type: 'approve', as: 'dana', role: 'dr-lead', decision: 'approved', planDigest: digest, note: 'quarterly' },
    ]);
  });

  it.each([
    ['who asked for the run', ['--as', ' KIM', '--role', 'ops'], 'asked for the run and may not approve it'],
    ['who has approved', ['--as', 'Sam', '--role', 'ops'], 'has approved already'],
    ['of another role', ['--as', 'dana', '--role', 'finance'], 'expected the role dr-lead or ops, found "finance"'],
    ['without a role', ['--as', 'dana'], 'expected --role dr-lead or --role ops'],
    ['without a name', ['--role', 'ops'], 'expected --as'],
    ['who declines without a note', ['--as', 'dana', '--role', 'ops', '--decline'], 'expected --note'],
  ])('refuses with 2 somebody %s', async (_, options, message) => {
    await leaveRun([ready, approvalBy('sam')]);
    const { status, err, out } = await run('approve', 'run-1', ...options);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
    expect(await inbox()).toEqual([]);
  });

  it('counts an approval that expired as missing again', async () => {
    await leaveRun([ready, approvalBy('sam'), fired('approval:sam')]);
    expect((await run('status', 'run-1')).out).toContain('approved by sam as ops, expired');
    const { out } = await run('approve', 'run-1', '--as', 'sam', '--role', 'ops');
    expect(out).toContain('1 of 2 approvals; 1 missing');
  });

  it('refuses with 2 a run that is unknown, closed, or in another phase', async () => {
    expect(await run('approve', 'nothing', '--as', 'dana')).toMatchObject({ status: 2 });
    await leaveRun([ready, approvalBy('sam'), approvalBy('ola')]);
    const { status, err } = await run('approve', 'run-1', '--as', 'dana', '--role', 'ops');
    expect(status).toBe(2);
    expect(err).toContain('expected a run in phase approval, found that the run is in phase baseline');
    rmSync(join(state, 'journal.db'));
    for (const name of ['journal.db-wal', 'journal.db-shm']) rmSync(join(state, name), { force: true });
    await leaveRun([ready], { outcome: 'aborted' });
    expect((await run('approve', 'run-1', '--as', 'dana')).err).toContain('run-1 is closed (aborted)');
  });
});

const begun: readonly EventBody[] = [
  ready,
  approvalBy('sam'),
  approvalBy('ola'),
  held,
  started('lose'),
  succeeded('lose'),
];

describe('declare', () => {
  it('waits until the disruption was seen, and takes the only role', async () => {
    await leaveRun(begun);
    const early = await run('declare', 'run-1', '--as', 'dana');
    expect(early).toMatchObject({ status: 2, err: expect.stringContaining('was not seen yet') });
    expect(await inbox()).toEqual([]);
  });

  it('posts who declares, as what and why', async () => {
    await leaveRun([...begun, { type: 'disruption.seen', reason: 'probe shop failed' }]);
    expect((await run('status', 'run-1')).out).toContain(
      'waits for a declaration of dr-lead: drillmaster declare run-1',
    );
    const { status, err } = await run('declare', 'run-1', '--as', 'dana', '--role', 'ops');
    expect({ status, err }).toMatchObject({ status: 2, err: expect.stringContaining('expected the role dr-lead') });
    expect(await run('declare', 'run-1', '--as', 'dana', '--reason', 'gone')).toMatchObject({ status: 0 });
    expect(await inbox()).toEqual([{ type: 'declare', as: 'dana', role: 'dr-lead', reason: 'gone' }]);
  });
});

describe('pause and resume', () => {
  it('are posted to the process of the run', async () => {
    await leaveRun(begun);
    expect(await run('pause', 'run-1', '--as', 'dana', '--reason', 'vendor')).toMatchObject({
      status: 0,
      err: expect.stringMatching(/^it is held by process \d+ since .+, which takes this within a second; /),
    });
    expect(await inbox()).toEqual([{ type: 'pause', as: 'dana', reason: 'vendor' }]);
  });

  it('resume lets a paused run go on, and refuses one that is not held', async () => {
    await leaveRun([...begun, { type: 'run.paused', as: 'dana', reason: 'vendor' }]);
    expect((await run('status', 'run-1')).out).toContain('waits to be resumed: drillmaster resume run-1');
    expect(await run('pause', 'run-1')).toMatchObject({ status: 2, err: expect.stringContaining('paused already') });
    expect(await run('resume', 'run-1', '--as', 'sam')).toMatchObject({ status: 0, out: 'run-1: goes on\n' });
    expect(await inbox()).toEqual([{ type: 'resume', as: 'sam' }]);
  });

  it('refuse with 2 a run that nobody holds, or that waits for approval', async () => {
    await leaveRun([ready]);
    expect(await run('resume', 'run-1')).toMatchObject({ status: 2, err: expect.stringContaining('neither paused') });
    expect(await run('pause', 'run-1')).toMatchObject({ status: 2, err: expect.stringContaining('phase approval') });
  });
});
