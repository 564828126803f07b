// People at several terminals, through the front door: the real program, a real twin, commands of other processes.
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { processesMentioning } from './left-behind.ts';
import { LOOK_EVERY_MS, resultOf } from './ran-drill.ts';
import { quick } from './region-failover-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const peopled = quick({
  timing: { baseline: 'PT6S' },
  approvals: { required: 2, roles: ['dr-lead', 'ops'] },
  declaration: { roles: ['dr-lead'] },
});
const STATUS_TRIES_MAX = 300;

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

interface Status {
  readonly run: string;
  readonly phase: string;
  readonly paused: boolean;
  readonly waitsFor: readonly string[];
  readonly steps: readonly { readonly id: string; readonly status: string }[];
}

/** Waits until the newest run stands as wished. */
async function until(holds: (status: Status) => boolean): Promise<string> {
  for (let tries = 0; tries < STATUS_TRIES_MAX; tries += 1) {
    const shown = await workspace.look('status', '--json');
    const status = shown.status === 0 ? (JSON.parse(shown.stdout) as Status) : undefined;
    if (status !== undefined && holds(status)) return status.run;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error('the run did not come to stand as wished');
}

const approveBoth = async (run: string) => {
  for (const [as, role] of [
    ['dana', 'dr-lead'],
    ['sam', 'ops'],
  ] as const)
    expect(await workspace.run('approve', run, '--as', as, '--role', role)).toMatchObject({ status: 0 });
};

describe('a drill with people', () => {
  it('waits for two approvals, a pause and a declaration of other terminals, and passes', async () => {
    workspace = makeWorkspace('people', peopled);
    const { ended } = workspace.start('run', workspace.drill, '--rehearsal', '--json');
    const run = await until(({ phase }) => phase === 'approval');
    await approveBoth(run);
    await until(({ phase }) => phase === 'baseline');
    expect(await workspace.run('pause', run, '--as', 'ola', '--reason', 'vendor')).toMatchObject({ status: 0 });
    await until(({ paused }) => paused);
    expect((await workspace.run('declare', run, '--as', 'dana')).status).toBe(2);
    await wait(3000);
    await until(({ phase, paused }) => paused && phase === 'baseline');
    expect(await workspace.run('resume', run, '--as', 'ola')).toMatchObject({ status: 0 });
    await until(({ waitsFor }) => waitsFor.some((text) => text.includes('waits for a declaration')));
    expect(await workspace.run('declare', run, '--as', 'dana', '--reason', 'customers call')).toMatchObject({
      status: 0,
    });
    const ran = await ended;
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({
      outcome: 'passed',
      approvals: [
        { as: 'dana', role: 'dr-lead', verified: false, automatic: false },
        { as: 'sam', role: 'ops', verified: false, automatic: false },
      ],
      pauses: [{ as: 'ola', reason: 'vendor', endedBy: 'ola' }],
    });
    const { parts } = result.systems[0]?.rto ?? { parts: { waitingMs: null, decisionMs: null } };
    expect(parts.waitingMs).toBeGreaterThan(0);
    expect(parts.waitingMs).toBe(parts.decisionMs);
  });

  it('whose process is killed goes on with resume, and is not aborted', async () => {
    workspace = makeWorkspace('goeson', peopled);
    const { child, ended } = workspace.start('run', workspace.drill, '--yes', '--rehearsal');
    const run = await until(({ steps }) => steps.some(({ id, status }) => id === 'promote' && status === 'observing'));
    child.kill('SIGKILL');
    await ended;
    const ran = await workspace.run('resume', run, '--json');
    const { outcome, reasons } = resultOf(ran);
    expect(outcome, [...reasons, ran.stderr].join('\n')).toBe('passed');
    expect(ran.status).toBe(0);
  });
});
