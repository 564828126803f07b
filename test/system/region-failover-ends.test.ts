// How the sample drill ends when it is aborted, killed, or finds a twin that is not its own.
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { findTwin, upTwin } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { expectVerified, resultOf, untilSaid, untilStep } from './ran-drill.ts';
import { FAILOVER, OPERATION, quick } from './region-failover-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

describe('the region failover drill', () => {
  it('restores and closes when another terminal aborts it in the middle of the promotion', async () => {
    const slow = {
      operations: { [`${OPERATION} [forced]`]: 'PT6S', [`${OPERATION} [planned]`]: 'PT2S', [FAILOVER]: 'PT2S' },
    };
    workspace = makeWorkspace('aborted', quick({}, slow));
    const running = workspace.start('run', workspace.drill, '--yes', '--json');
    const run = await untilStep(workspace, 'promote', 'observing');
    expect((await workspace.look('abort', run, '--reason', 'a test', '--as', 'eva')).status).toBe(0);
    const ran = await running.ended;
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    expect(result.steps.find(({ id }) => id === 'steer')?.status).toBe('skipped');
    expect(result.steps.find(({ id }) => id === 'switch-back')?.status).toBe('succeeded');
    await expectVerified(workspace, result.evidence);
  });

  it('ends with its twin when it is interrupted or killed while the twin comes up', async () => {
    workspace = makeWorkspace('early', quick());
    const interrupted = workspace.start('run', workspace.drill, '--yes', '--json');
    await untilSaid(interrupted.child, 'coming up');
    interrupted.child.kill('SIGINT');
    const ran = await interrupted.ended;
    expect(ran.status, ran.stderr).toBe(1);
    expect(resultOf(ran)).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    expect(processesMentioning(workspace.root)).toEqual([]);

    const killed = workspace.start('run', workspace.drill, '--yes');
    await untilSaid(killed.child, 'coming up');
    await wait(300);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const run = (await workspace.run('runs', '--unfinished')).stdout.split(' ')[0] ?? '';
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(0);
    await expectVerified(workspace, resultOf(aborted).evidence);
    expect(processesMentioning(workspace.root)).toEqual([]);
    expect(existsSync(join(workspace.state, 'twins', 'early'))).toBe(false);
  });

  it('is not begun on a twin that is up from another version of the world file', async () => {
    workspace = makeWorkspace('changed', quick());
    await workspace.up();
    appendFileSync(join(workspace.root, 'drills', 'worlds', 'changed.yaml'), '\n# One line more.\n');
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const { outcome, reasons } = resultOf(ran);
    expect(outcome).toBe('aborted');
    expect(reasons.join()).toContain('found it up from another version');
  });

  it('ends a twin that a closed run left behind before it brings its own up', async () => {
    workspace = makeWorkspace('left', quick());
    const left = await upTwin({
      worldFile: join(workspace.root, 'drills', 'worlds', 'left.yaml'),
      stateDir: workspace.state,
      owner: { run: 'a-run-that-is-over' },
      command: [process.execPath, join(import.meta.dirname, '..', '..', 'bin', 'drillmaster.mjs'), 'twin', 'supervise'],
      logFile: join(workspace.state, 'logs', 'twin.log'),
    });
    expect((await workspace.run('runs')).stdout).toBe('no runs\n');
    expect((await workspace.run('twin', 'status', 'left')).status).toBe(0);
    const running = workspace.start('run', workspace.drill, '--yes');
    await untilSaid(running.child, 'baseline');
    const present = findTwin(workspace.state, 'left');
    expect(present?.owner).not.toEqual(left.owner);
    expect(present?.supervisor).not.toEqual(left.supervisor);
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran.status, ran.stderr).toBe(1);
    expect(processesMentioning(workspace.root)).toEqual([]);
  });

  it('is stuck, and says why, when the disrupted twin is gone at the take-over', async () => {
    workspace = makeWorkspace('gone', quick());
    const running = workspace.start('run', workspace.drill, '--yes');
    // No request is under way then, of which nobody could tell on another twin what became.
    const run = await untilStep(workspace, 'orders-were-kept', 'succeeded');
    running.child.kill('SIGKILL');
    await running.ended;
    process.kill(findTwin(workspace.state, 'gone')?.supervisor.pid ?? Number.NaN, 'SIGKILL');
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(1);
    const result = resultOf(aborted);
    expect(result.outcome).toBe('stuck');
    expect(result.stuck[0]?.state).toContain('the twin that was disrupted is gone');
    await expectVerified(workspace, result.evidence);
  });
});
