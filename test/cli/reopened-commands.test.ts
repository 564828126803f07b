// restore, accept and attest: whom they refuse, what they put on record, and that the package of an earlier end stays as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { held, opened, ready, started, succeeded } from '../statechart/bodies.ts';
import { drillPlan, recovery } from '../statechart/drills.ts';
import { runInProcess } from './terminal.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/drillmaster.mjs');
const LEFT = '/subscriptions/s/resourceGroups/rg-made';
const plan = drillPlan([recovery('make', [], { creates: [LEFT] })], { title: 'Makes a group' });
const removed: EventBody = { type: 'undo.succeeded', step: 'make', attempt: 1, output: null };
const ended = (leftOvers: readonly string[]): readonly EventBody[] => [
  removed,
  { type: 'restoration.cleaned', removed: [], leftOvers: [] },
  {
    type: 'restoration.proved',
    proved: leftOvers.length === 0,
    differences: [],
    leftOvers: [...leftOvers],
    inventory: [{ id: LEFT, type: 'Microsoft.Resources/resourceGroups', facts: { present: leftOvers.length > 0 } }],
  },
];
const WORLD: EventBody = { type: 'world.entered', identity: 'twin twin, up since long ago, process 1/1' };
const BEGUN: readonly EventBody[] = [WORLD, ready, held, started('make'), succeeded('make')];
const WHO = ['--as', 'dana', '--reason', 'looked at on Monday'] as const;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-reopened-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const places = () => ['--state', join(root, 'state'), '--evidence', join(root, 'evidence')];
const run = (...argv: readonly string[]) => runInProcess(...argv, ...places());

async function withStore<T>(use: (store: ReturnType<typeof openSqliteStore>) => Promise<T>): Promise<T> {
  const store = openSqliteStore(join(root, 'state', 'journal.db'));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** A run of these events, closed with the outcome that follows from them unless it is to stay open. */
function leaveRun(name: string, bodies: readonly EventBody[], isClosed = true): Promise<string | undefined> {
  return withStore(async (store) => {
    const first = { ...opened, run: name, planDigest: planDigest(plan), requestedBy: 'kim' } as EventBody;
    const journal = await store.create(
      { run: name, drill: plan.drill, openedAt: 1, plan: JSON.stringify(plan) },
      { at: 1, body: first },
    );
    await journal.append(bodies.map((body, index) => ({ at: index + 2, body })));
    if (!isClosed) return undefined;
    const { outcome, reasons } = evaluateRun(plan, createKernel(plan), await journal.events());
    const end: readonly EventBody[] = [
      { type: 'evaluation.finished', outcome, reasons },
      { type: 'run.closed', outcome },
    ];
    await journal.append(end.map((body, index) => ({ at: bodies.length + index + 2, body })));
    await journal.release(outcome);
    return outcome;
  });
}

const leaveStuck = async (name = 'run-1') => expect(await leaveRun(name, [...BEGUN, ...ended([LEFT])])).toBe('stuck');
const outcomeOf = (name: string) => withStore(async ({ find }) => (await find(name))?.outcome);

const LEAVES: readonly (readonly [string, () => unknown, RegExp])[] = [
  ['is not there', () => undefined, /expected a run of this state folder/],
  ['is at work', () => leaveRun('run-1', BEGUN, false), /has not ended: process \d+ is at work on it/],
  ['left nothing', () => leaveRun('run-1', [...BEGUN, ...ended([])]), /it left nothing that could still be restored/],
];

describe('restore', () => {
  it.each(LEAVES)('refuses with 2 a run that %s', async (_, leave, message) => {
    await leave();
    const refused = await run('restore', 'run-1');
    expect(refused).toMatchObject({ status: 2, out: '' });
    expect(refused.err).toMatch(message);
  });

  it('refuses a run whose twin is gone, and leaves it as it was', async () => {
    await leaveStuck();
    const refused = await run('restore', 'run-1');
    expect(refused).toMatchObject({ status: 2, out: '' });
    expect(refused.err).toContain('its twin twin is gone; on a new twin there is nothing of it to restore');
    expect(await outcomeOf('run-1')).toBe('stuck');
  });

  it('refuses a child whose parent has not ended', async () => {
    await leaveRun('run-1', BEGUN, false);
    await leaveStuck('run-1.rehearse');
    const refused = await run('restore', 'run-1.rehearse');
    expect(refused).toMatchObject({ status: 2, err: expect.stringContaining('a child of run-1, which has not ended') });
  });

  it('is what other commands of a stuck run point at', async () => {
    await leaveStuck();
    await run('evidence', 'run-1');
    for (const command of ['resume', 'abort', 'pause'])
      expect((await run(command, 'run-1')).err).toContain('drillmaster restore run-1 restores what is left');
    expect((await run('status', 'run-1')).out).toContain('drillmaster restore run-1 restores what is left');
  });
});

describe('resume of a closed run', () => {
  it('writes the evidence that its process did not come to, and nothing a second time', async () => {
    await leaveStuck();
    const resumed = await run('resume', 'run-1', '--json');
    expect(resumed).toMatchObject({ status: 1, err: expect.stringContaining('its evidence, which was missing') });
    const { evidence, outcome } = JSON.parse(resumed.out) as { evidence: string; outcome: string };
    expect([evidence, outcome]).toEqual([join(root, 'evidence', 'run-1'), 'stuck']);
    const key = join(root, 'key.pem');
    writeFileSync(key, (await run('keys', 'export')).out);
    expect(await run('verify', evidence, '--key', key)).toMatchObject({ status: 0 });
    const again = await run('resume', 'run-1');
    expect(again).toMatchObject({ status: 2, out: '', err: expect.stringContaining('run-1 is closed (stuck)') });
  });
});

describe('accept', () => {
  it('knows what stands by its name, and what was probably meant', async () => {
    await leaveStuck();
    const refused = await run('accept', 'run-1', LEFT.replace('made', 'mode'), ...WHO);
    expect(refused).toMatchObject({ status: 2, err: expect.stringContaining(`did you mean "${LEFT}"?`) });
    await leaveRun('run-2', [...BEGUN, ...ended([])]);
    expect(await run('accept', 'run-2', LEFT, ...WHO)).toMatchObject({
      status: 2,
      err: expect.stringContaining('nothing of it stands'),
    });
    expect((await run('accept', 'run-1', LEFT, '--as', 'dana')).err).toContain('expected --reason');
    expect((await run('accept', 'run-1', LEFT, '--reason', 'because')).err).toContain('expected --as');
    expect(await outcomeOf('run-1')).toBe('stuck');
  });

  it('has a closed run judged again, with a package beside the first one, which is written now if it was missing', async () => {
    await leaveStuck();
    const accepted = await run('accept', 'run-1', LEFT.toUpperCase(), ...WHO, '--json');
    expect(accepted.status, accepted.err).toBe(0);
    const { evidence } = JSON.parse(accepted.out) as { evidence: string };
    expect(evidence).toBe(join(root, 'evidence', 'run-1-reopened-1'));
    const key = join(root, 'key.pem');
    writeFileSync(key, (await run('keys', 'export')).out);
    for (const dir of [evidence, join(root, 'evidence', 'run-1')])
      expect(await run('verify', dir, '--key', key)).toMatchObject({ status: 0 });
    const lines = (dir: string) => readFileSync(join(dir, 'events.jsonl'), 'utf8').trim().split('\n');
    const first = lines(join(root, 'evidence', 'run-1'));
    expect(lines(evidence).slice(0, first.length)).toEqual(first);
    expect(
      lines(evidence)
        .slice(first.length)
        .map((line) => (JSON.parse(line) as DrillEvent).type),
    ).toEqual(['run.reopened', 'resource.accepted', 'evaluation.finished', 'run.closed']);
    expect(JSON.parse(lines(evidence)[first.length + 1] ?? '')).toMatchObject({ resource: LEFT, covers: [LEFT] });
    expect(accepted.err).toContain(`which covers ${LEFT}`);
    expect(await run('evidence', 'run-1')).toMatchObject({ status: 2, err: expect.stringContaining(evidence) });
    expect(JSON.parse((await run('status', 'run-1', '--json')).out)).toMatchObject({ evidence });
  });

  it('of a run at work is left in its inbox', async () => {
    await leaveRun('run-1', [...BEGUN, ...ended([LEFT]).slice(0, 2)], false);
    const none = await run('accept', 'run-1', LEFT, ...WHO);
    expect(none).toMatchObject({ status: 2, err: expect.stringContaining('nothing of it stands') });
    expect(
      await run('attest', 'run-1', '--as', 'dana', '--role', 'lead', '--verdict', 'passed', '--note', 'seen'),
    ).toMatchObject({ status: 0 });
    const self = { pid: 1, startedAt: 'another' };
    const store = openSqliteStore(join(root, 'state', 'journal.db'), { self, isAlive: () => false });
    expect(await (await store.take('run-1')).commands()).toMatchObject([
      { command: { type: 'attest', verdict: 'passed' } },
    ]);
    await store.close();
  });
});

describe('attest', () => {
  const said = ['--as', 'dana', '--role', 'lead', '--note', 'seen with my own eyes'] as const;

  it('is on record of a closed run, whatever its outcome, and of a child says that its parent stays as it is', async () => {
    await leaveRun('run-1', [...BEGUN, ...ended([])]);
    await leaveRun('run-1.rehearse', [...BEGUN, ...ended([])]);
    const given = await run('attest', 'run-1.rehearse', ...said, '--verdict', 'not-passed', '--json');
    expect(given.status, given.err).toBe(0);
    expect(given.err).toContain('how run-1 ended is not changed by this');
    const [first, second] = [1, 2].map((number) => join(root, 'evidence', `run-1.rehearse-reopened-${number}`));
    await run('attest', 'run-1.rehearse', ...said, '--verdict', 'passed');
    expect([first, second].map((dir) => existsSync(dir ?? ''))).toEqual([true, true]);
    expect(existsSync(join(root, 'evidence', 'run-1'))).toBe(false);
    expect(
      (await withStore(({ events }) => events('run-1.rehearse'))).filter(({ type }) => type === 'attestation.given'),
    ).toMatchObject([
      { as: 'dana', role: 'lead', verdict: 'not-passed', note: 'seen with my own eyes' },
      { verdict: 'passed' },
    ]);
  });

  it('is judged by whoever takes the run over when its process dies on the way, and needs no twin for that', async () => {
    await leaveStuck();
    const argv = ['attest', 'run-1', ...said, '--verdict', 'passed', ...places()];
    const died = spawnSync(process.execPath, [PROGRAM, ...argv], {
      env: { ...process.env, DRILLMASTER_CRASH_AT: 'run.reopened' },
    });
    expect(died.signal).toBe('SIGKILL');
    expect(await outcomeOf('run-1')).toBeNull();
    const resumed = await run('resume', 'run-1');
    expect(resumed.err).not.toContain('coming up');
    expect(await outcomeOf('run-1'), resumed.err).toBe('stuck');
    const events = await withStore(({ events }) => events('run-1'));
    expect(events.filter(({ type }) => type === 'world.entered')).toHaveLength(1);
  });

  it('needs a verdict, a role and a note', async () => {
    await leaveStuck();
    expect((await run('attest', 'run-1', ...said)).err).toContain(
      'expected --verdict passed or not-passed, found none',
    );
    expect((await run('attest', 'run-1', ...said, '--verdict', 'fine')).err).toContain('found fine');
    expect((await run('attest', 'run-1', '--as', 'dana', '--verdict', 'passed', '--note', 'x')).err).toContain(
      'expected --role',
    );
    expect((await run('attest', 'run-1', '--as', 'dana', '--role', 'lead', '--verdict', 'passed')).err).toContain(
      'expected --note',
    );
  });
});
