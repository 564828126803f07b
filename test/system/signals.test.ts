// Signals to the real program: it restores in good order, or leaves a run that can be gone on with, and never dies of a reader that is gone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesMentioning } from './left-behind.ts';
import { expectVerified, untilStep } from './ran-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

/** Nobody answers its page: the drill waits in verification until it is interrupted. */
const PAGE = 'runbooks/look.md';
const TEXT = `---
owner: orders
roles: [dr-lead]
reviewed: 2026-11-21
expectedDuration: PT5M
---
# Look

## Look at it
- [ ] It is there
`;
const WAITING = {
  sample: 'small',
  from: join(import.meta.dirname, 'small'),
  drill: { 'verification.0': { id: 'looked-at', uses: 'runbook/page', with: { page: PAGE } } },
};
let workspace: TestWorkspace;
const atWork: ReturnType<TestWorkspace['start']>[] = [];

/** Begins a run whose page nobody answers, and waits until it asks. */
async function beginRun() {
  const running = workspace.start('run', workspace.drill, '--json');
  atWork.push(running);
  return { running, run: await untilStep(workspace, 'looked-at', 'starting') };
}

beforeAll(async () => {
  workspace = makeWorkspace('interrupted', WAITING);
  mkdirSync(join(workspace.root, 'runbooks'));
  writeFileSync(join(workspace.root, PAGE), TEXT);
  expect(await workspace.run('twin', 'up', 'interrupted')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('up at https://'),
  });
});
afterAll(async () => {
  // A test that failed may have left one waiting for an answer.
  for (const { child, ended } of atWork) {
    child.kill('SIGKILL');
    await ended;
  }
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

interface Shown {
  readonly outcome: string | null;
  readonly evidence: string | null;
}

const status = async (run: string) =>
  JSON.parse(
    (await workspace.look('status', run, '--json', '--evidence', join(workspace.root, 'evidence'))).stdout,
  ) as Shown;

describe('a run at work', () => {
  it('is left by the second interrupt within restoration, and gone on with to its end', async () => {
    const slow = ['slow-operation', '--match', 'DELETE *rg-made', '--add', 'PT15S'] as const;
    expect(await workspace.look('twin', 'fault', 'interrupted', ...slow)).toMatchObject({ status: 0 });
    const { running, run } = await beginRun();
    running.child.kill('SIGINT');
    await untilStep(workspace, 'make', 'undoing');
    running.child.kill('SIGINT');
    const left = await running.ended;
    expect(left).toMatchObject({ status: 130, stdout: '' });
    expect(left.stderr).toContain(`leaving ${run} unfinished in phase restoration`);
    expect(left.stderr).toContain('step make is being taken back');
    const gone = await workspace.run('resume', run, '--json');
    expect(gone.status, gone.stderr).toBe(1);
    expect(JSON.parse(gone.stdout)).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    await expectVerified(workspace, (JSON.parse(gone.stdout) as { evidence: string }).evidence);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'restores and closes on %s although nobody reads what it says any more',
    async (signal) => {
      const { running, run } = await beginRun();
      running.child.stdout?.destroy();
      running.child.stderr?.destroy();
      // What it writes from here on finds no reader.
      await wait(100);
      running.child.kill(signal);
      expect((await running.ended).status).toBe(1);
      const { outcome, evidence } = await status(run);
      expect(outcome).toBe('aborted');
      await expectVerified(workspace, evidence ?? expect.fail('there is no package'));
    },
  );
});
