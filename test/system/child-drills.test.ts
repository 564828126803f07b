// A drill that runs drills, through the front door: real programs, real twins, and a child that ends before its parent goes on, whatever happens.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { DrillResult } from '../../src/model/result.ts';
import { findTwins } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { LOOK_EVERY_MS, resultOf } from './ran-drill.ts';
import { makeWorkspace, type Ran, type TestWorkspace } from './workspace.ts';

const SERVER = 'Microsoft.DBforPostgreSQL/flexibleServers';
const world = (name: string, operations: object) => ({
  name,
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c11',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope'],
  resourceGroups: [{ name: 'rg-orders', region: 'westeurope' }],
  postgresServers: [{ name: 'orders-db', group: 'rg-orders', region: 'westeurope', role: 'primary' }],
  operations,
});
const child = (drill: string, parts: object) => ({
  drill,
  title: `The drill ${drill}`,
  exercise: 'component',
  mode: 'live',
  systems: ['orders'],
  resources: { primary: { type: SERVER, group: 'rg-orders', name: 'orders-db' } },
  scope: ['primary'],
  approvals: { required: 1, roles: ['dr-lead'] },
  timing: { baseline: 'PT1S' },
  verification: [stateIs('Ready')],
  ...parts,
});
const primary = '${{ resources.primary }}';
const stateIs = (state: string) => ({
  id: 'ready',
  uses: 'resource/assert',
  with: { resource: primary, expect: `status == 200 && body.properties.state == "${state}"` },
  retry: { attempts: 1 },
});
const restart = { id: 'restart', uses: 'azure/postgresql.restart', with: { server: primary } };
/** Five seconds to look at a child that is in recovery, and more. */
const slow = { [`POST ${SERVER}/restart`]: 'PT8S' };
const runs = (id: string, drill: string, more: object = {}) => ({
  id,
  uses: 'drill/run',
  with: { drill: `drills/${drill}.yaml` },
  ...more,
});

let workspace: TestWorkspace;

/** A parent with the steps of its recovery, beside the children `restarts`, which takes its time, and `looks`, which does not. */
function family(recovery: readonly object[], looks: object = {}): void {
  const changes = { recovery, verification: [], approvals: { required: 1, roles: ['dr-lead'] } };
  workspace = makeWorkspace('parent', { sample: 'quarterly-rehearsal', drill: changes });
  put('restarts', child('restarts', { recovery: [restart] }), slow);
  put('looks', child('looks', looks), {});
}

function put(name: string, drill: object, operations: object): void {
  const drills = join(workspace.root, 'drills');
  // JSON is YAML.
  writeFileSync(join(drills, `${name}.yaml`), JSON.stringify(drill));
  writeFileSync(join(drills, 'worlds', `${name}.yaml`), JSON.stringify(world(name, operations)));
}

afterEach(async () => {
  const left = findTwins(workspace.state).map(({ name }) => name);
  for (const name of left) await workspace.run('twin', 'down', name);
  await workspace.remove();
  expect(left).toEqual([]);
  expect(processesMentioning(workspace.root)).toEqual([]);
});

interface Status {
  readonly run: string;
  readonly phase: string;
  readonly paused: boolean;
  readonly waitsFor: readonly string[];
  readonly steps: readonly { readonly id: string; readonly status: string }[];
  readonly children: readonly { readonly run: string; readonly phase: string; readonly outcome: string | null }[];
}

async function statusOf(...run: readonly string[]): Promise<Status | undefined> {
  const shown = await workspace.look('status', ...run, '--json');
  return shown.status === 0 ? (JSON.parse(shown.stdout) as Status) : undefined;
}

/** Twins take their time to come up on a busy machine. */
const WAIT_MS_MAX = 90_000;

/** Waits until the newest run that is nobody's child stands as wished. */
async function until(what: string, holds: (status: Status) => boolean): Promise<Status> {
  let found: Status | undefined;
  for (const last = Date.now() + WAIT_MS_MAX; Date.now() < last; ) {
    found = await statusOf();
    if (found !== undefined && holds(found)) return found;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error(`expected ${what}, found ${JSON.stringify(found)}`);
}

async function untilChild(run: string, holds: (status: Status) => boolean): Promise<void> {
  for (const last = Date.now() + WAIT_MS_MAX; Date.now() < last; ) {
    const found = await statusOf(run);
    if (found !== undefined && holds(found)) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error(`expected the child ${run} as wished, found it otherwise`);
}

const childIn =
  (phase: string) =>
  ({ children }: Status) =>
    children.some((entry) => entry.phase === phase);

/**
 * Kills the process that drives the newest run once the restart of its child `one` was accepted, and gives the run's name. A kill between
 * intent and acceptance is another story: a finished restart leaves no trace, so nobody could tell what became of it, and the run is stuck.
 */
async function killWithChild({ child: process, ended }: ReturnType<TestWorkspace['start']>): Promise<string> {
  const { run } = await until('a child in recovery', childIn('recovery'));
  const isAccepted = ({ steps }: Status) => steps.some(({ id, status }) => id === 'restart' && status === 'observing');
  await untilChild(`${run}.one`, isAccepted);
  process.kill('SIGKILL');
  await ended;
  return run;
}

const runNames = async () =>
  (JSON.parse((await workspace.run('runs', '--json')).stdout) as { run: string; parent: string | null }[])
    .map(({ run }) => run)
    .sort();

async function verified(dir: string): Promise<Ran> {
  const key = join(workspace.root, 'evidence.pub.pem');
  writeFileSync(key, (await workspace.run('keys', 'export')).stdout);
  return workspace.run('verify', dir, '--key', key);
}

const eventsOf = (dir: string) =>
  readFileSync(join(dir, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; at: string; [key: string]: unknown });

describe('a drill that runs drills', () => {
  it('goes on with the child first when it was killed, and there is one child run', async () => {
    family([runs('one', 'restarts'), runs('two', 'looks', { needs: ['one'] })]);
    const run = await killWithChild(workspace.start('run', workspace.drill, '--yes'));
    const ran = await workspace.run('resume', run, '--json');
    const result = resultOf(ran);
    expect(result, ran.stderr).toMatchObject({
      outcome: 'passed',
      children: [
        { drill: 'restarts', run: `${run}.one`, outcome: 'passed' },
        { drill: 'looks', run: `${run}.two`, outcome: 'passed' },
      ],
    });
    expect(await runNames()).toEqual([run, `${run}.one`, `${run}.two`]);
    const own = join(workspace.root, 'evidence', `${run}.one`);
    expect(eventsOf(own).filter(({ type }) => type === 'run.resumed')).toHaveLength(1);
    expect(eventsOf(own).filter(({ type }) => type === 'step.accepted')).toHaveLength(1);
    expect(eventsOf(own)[0]).toMatchObject({ type: 'run.opened', parent: { run, step: 'one' } });
    const whole = await verified(result.evidence);
    expect(whole, whole.stdout).toMatchObject({ status: 0 });
    expect(whole.stdout).toContain(`child run ${run}.one, passed: verified`);
    expect((await verified(own)).status).toBe(0);
  });

  it('that is aborted aborts its child, and ends after the restoration of the child', async () => {
    family([runs('one', 'restarts'), runs('two', 'looks', { needs: ['one'] })]);
    const { ended } = workspace.start('run', workspace.drill, '--yes', '--json');
    const { run } = await until('a child in recovery', childIn('recovery'));
    const aborted = await workspace.run('abort', run, '--as', 'Dana', '--reason', 'a real incident');
    expect(aborted.status, aborted.stderr).toBe(0);
    const result = resultOf(await ended);
    expect(result.outcome).toBe('aborted');
    expect(result.children).toMatchObject([{ run: `${run}.one`, outcome: 'aborted' }]);
    expect(await runNames()).toEqual([run, `${run}.one`]);
    const events = eventsOf(join(workspace.root, 'evidence', `${run}.one`));
    expect(events.find(({ type }) => type === 'abort.requested')).toMatchObject({
      reason: `its parent ${run} was aborted by Dana: a real incident`,
    });
    const proved = events.find(({ type }) => type === 'restoration.proved')?.at ?? '';
    const goesOn = eventsOf(result.evidence).find(({ type }) => type === 'restoration.cleaned')?.at ?? '';
    expect(proved < goesOn, `${proved} before ${goesOn}`).toBe(true);
  });

  it('fails when a child fails, names how it ended, and runs nothing after it', async () => {
    family([runs('one', 'looks'), runs('two', 'restarts', { needs: ['one'] })], {
      verification: [stateIs('Disabled')],
    });
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    const [run] = await runNames();
    expect(result).toMatchObject({ outcome: 'failed', children: [{ run: `${run}.one`, outcome: 'failed' }] });
    expect(result.reasons[0]).toMatch(
      new RegExp(`^step one failed: child run ${run}.one ended failed: check ready: expected status == 200`),
    );
    expect(await runNames()).toEqual([run, `${run}.one`]);
    expect((await verified(result.evidence)).stdout).toContain(`child run ${run}.one, failed: verified`);
  });

  it('starts no child whose file was changed after the approval', async () => {
    family([runs('one', 'looks')]);
    const { ended } = workspace.start('run', workspace.drill, '--json');
    const { run } = await until('an approval', ({ phase }) => phase === 'approval');
    put('looks', child('looks', { title: 'Another one' }), {});
    const approved = await workspace.run('approve', run, '--as', 'Dana', '--role', 'dr-lead');
    expect(approved.status, approved.stderr).toBe(0);
    expect(approved.stdout).toContain('step one runs the drill looks on twin looks');
    const result = resultOf(await ended);
    expect(result).toMatchObject({ outcome: 'failed', children: [] });
    expect(result.reasons[0]).toMatch(
      /expected drills\/looks\.yaml with the plan [0-9a-f]{64} that was approved, found plan/,
    );
    expect(await runNames()).toEqual([run]);
  });

  it('finds a child package that was tampered with, and says which one is not there', async () => {
    family([runs('one', 'looks'), runs('two', 'looks', { needs: ['one'] })]);
    const result = resultOf(await workspace.run('run', workspace.drill, '--yes', '--json'));
    const [one = '', two = ''] = (result.children ?? []).map(({ run }) => join(workspace.root, 'evidence', run));
    expect(readdirSync(join(workspace.root, 'evidence'))).toHaveLength(3);
    // A package that verifies by itself, and is not the one that was recorded.
    const report = readFileSync(join(one, 'report.md'), 'utf8');
    writeFileSync(join(one, 'report.md'), report.replace('passed', 'PASSED'));
    const tampered = await verified(result.evidence);
    expect(tampered.status).toBe(1);
    expect(tampered.stdout).toContain(`${result.children?.[0]?.run}: child-differs: report.md: changed-file`);
    writeFileSync(join(one, 'report.md'), report);
    rmSync(two, { recursive: true });
    const absent = await verified(result.evidence);
    expect(absent.status, absent.stdout).toBe(0);
    expect(absent.stdout).toContain(`child run ${result.children?.[1]?.run}, passed: not beside this package`);
  });

  it('hands its approvals on, asks for what the child demands beyond them, and holds the child in a pause', async () => {
    const demands = { approvals: { required: 2, roles: ['dr-lead', 'owner'] } };
    family([runs('one', 'restarts')]);
    put('restarts', child('restarts', { recovery: [restart], ...demands }), slow);
    const { ended } = workspace.start('run', workspace.drill, '--json');
    const { run } = await until('an approval', ({ phase }) => phase === 'approval');
    expect((await workspace.run('approve', run, '--as', 'Dana', '--role', 'dr-lead')).status).toBe(0);
    const asked = ({ waitsFor }: Status) => waitsFor.some((text) => text.includes(`drillmaster approve ${run}.one`));
    await until('the rest of the approvals', (status) => asked(status) && childIn('approval')(status));
    const twice = await workspace.run('approve', `${run}.one`, '--as', 'dana', '--role', 'owner');
    expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining('has approved already') });
    expect((await workspace.run('approve', `${run}.one`, '--as', 'Sam', '--role', 'owner')).status).toBe(0);
    await until('a child in recovery', childIn('recovery'));
    expect((await workspace.run('pause', run, '--as', 'Ola', '--reason', 'a vendor calls')).status).toBe(0);
    await untilChild(`${run}.one`, ({ paused }) => paused);
    expect((await workspace.run('resume', run, '--as', 'Ola')).status).toBe(0);
    const result = resultOf(await ended);
    expect(result.outcome).toBe('passed');
    const own = JSON.parse(
      readFileSync(join(workspace.root, 'evidence', `${run}.one`, 'result.json'), 'utf8'),
    ) as DrillResult;
    expect(own.approvals).toMatchObject([
      { as: 'Dana', role: 'dr-lead', automatic: false, verified: false },
      { as: 'Sam', role: 'owner' },
    ]);
    expect(own.pauses).toMatchObject([
      { as: 'Ola', reason: `its parent ${run} is held: a vendor calls`, endedBy: run },
    ]);
  });

  it('that was killed and is aborted brings its child to its end first', async () => {
    family([runs('one', 'restarts')]);
    const run = await killWithChild(workspace.start('run', workspace.drill, '--yes'));
    const result = resultOf(await workspace.run('abort', run, '--as', 'Dana', '--json'));
    expect(result, result.reasons.join(' | ')).toMatchObject({
      outcome: 'aborted',
      children: [{ run: `${run}.one`, outcome: 'aborted' }],
    });
    expect(await runNames()).toEqual([run, `${run}.one`]);
    expect((await verified(result.evidence)).stdout).toContain(`child run ${run}.one, aborted: verified`);
  });

  it('that was killed takes the end of a child that somebody else brought to it', async () => {
    family([runs('one', 'restarts')]);
    const run = await killWithChild(workspace.start('run', workspace.drill, '--yes'));
    expect(resultOf(await workspace.run('resume', `${run}.one`, '--json')).outcome).toBe('passed');
    const result = resultOf(await workspace.run('resume', run, '--json'));
    expect(result).toMatchObject({ outcome: 'passed', children: [{ run: `${run}.one`, outcome: 'passed' }] });
    expect(await runNames()).toEqual([run, `${run}.one`]);
  });

  it('runs a child once more when a person has the step tried again', async () => {
    family([runs('one', 'restarts')]);
    put('restarts', child('restarts', { recovery: [restart], verification: [stateIs('Disabled')] }), slow);
    const { ended } = workspace.start('run', workspace.drill, '--yes', '--json');
    const { run } = await until('a child in recovery', childIn('recovery'));
    expect((await workspace.run('pause', run, '--reason', 'it will fail')).status).toBe(0);
    const first = `${run}.one`;
    await untilChild(first, ({ paused }) => paused);
    // The parent stays held, so that its phase stays open; the child may go on all the same.
    expect((await workspace.run('resume', first, '--as', 'Ola')).status).toBe(0);
    await until('a child that failed', ({ children }) => children.some(({ outcome }) => outcome === 'failed'));
    for (let tries = 0; (await workspace.run('retry', run, 'one')).status !== 0; tries += 1) {
      expect(tries).toBeLessThan(50);
      await wait(LOOK_EVERY_MS);
    }
    expect((await workspace.run('resume', run)).status).toBe(0);
    const result = resultOf(await ended);
    expect(result.outcome).toBe('failed');
    expect(result.children?.map((entry) => [entry.run, entry.outcome])).toEqual([
      [first, 'failed'],
      [`${first}_2`, 'failed'],
    ]);
    expect(await runNames()).toEqual([run, first, `${first}_2`]);
  });
});
