// A run that could not restore: its twin stays, what is left is restored later from the journal alone, or people take it as it stands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findTwin, twinOperations } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { expectVerified, untilSaid } from './ran-drill.ts';
import { makeWorkspace, type Ran, type TestWorkspace } from './workspace.ts';

const SMALL = { sample: 'small', from: join(import.meta.dirname, 'small') };
const DELETION = 'DELETE Microsoft.Resources/resourceGroups';
/** More than one run has attempts. */
const NO_DELETION = ['failing-operation', '--match', 'DELETE *rg-made', '--times', '50'] as const;

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

interface Shown {
  readonly run: string;
  readonly outcome: string;
  readonly evidence: string;
}

const shownOf = ({ stdout }: Ran): Shown => JSON.parse(stdout) as Shown;

/** Lets no deletion succeed until the returned function is called. */
async function forbidDeletion(name: string): Promise<() => Promise<void>> {
  const started = await workspace.look('twin', 'fault', name, ...NO_DELETION);
  expect(started.status, started.stderr).toBe(0);
  const { id } = JSON.parse(started.stdout) as { id: string };
  return async () => void (await workspace.look('twin', 'fault', name, id, '--end'));
}

const deletions = async (name: string) => {
  const operations = await twinOperations(findTwin(workspace.state, name) ?? expect.fail('the twin is gone'));
  return operations.filter(({ operation }) => operation === DELETION).length;
};

describe('a run whose undo fails', () => {
  it('is stuck, is restored later by exactly the missing undo, and what stands may be accepted', async () => {
    workspace = makeWorkspace('left', SMALL);
    await workspace.up();
    let allow = await forbidDeletion('left');
    const first = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(first.status, first.stderr).toBe(1);
    const { run, outcome, evidence } = shownOf(first);
    expect(outcome).toBe('stuck');
    expect(first.stderr).toContain(`drillmaster restore ${run} restores what is left`);
    expect(await workspace.look('resume', run)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`drillmaster restore ${run}`),
    });
    const packed = readFileSync(join(evidence, 'SHA256SUMS'), 'utf8');

    await allow();
    const before = await deletions('left');
    const restored = await workspace.run('restore', run, '--as', 'dana', '--reason', 'the lock is gone', '--json');
    expect(restored.status, restored.stderr).toBe(0);
    const again = shownOf(restored);
    expect(again).toMatchObject({ run, outcome: 'failed', evidence: `${evidence}-reopened-1` });
    expect(await deletions('left')).toBe(before + 1);
    await expectVerified(workspace, evidence);
    await expectVerified(workspace, again.evidence);
    expect(readFileSync(join(evidence, 'SHA256SUMS'), 'utf8')).toBe(packed);
    const shown = await workspace.look('status', run, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ outcome: 'failed', evidence: again.evidence });
    expect(await workspace.look('restore', run)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('ended failed: it left nothing'),
    });

    allow = await forbidDeletion('left');
    const second = shownOf(await workspace.run('run', workspace.drill, '--yes', '--json'));
    const name = `/subscriptions/5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c77/resourceGroups/rg-made`;
    const why = ['--as', 'dana', '--reason', 'it is looked at on Monday'] as const;
    const misspelt = await workspace.look('accept', second.run, name.replace('made', 'maed'), ...why);
    expect(misspelt).toMatchObject({ status: 2, stderr: expect.stringContaining(`did you mean "${name}"?`) });
    const accepted = await workspace.run('accept', second.run, name, ...why, '--json');
    expect(accepted.status, accepted.stderr).toBe(0);
    expect(shownOf(accepted).evidence).toBe(`${second.evidence}-reopened-1`);
    await expectVerified(workspace, shownOf(accepted).evidence);
    const events = readFileSync(join(shownOf(accepted).evidence, 'events.jsonl'), 'utf8');
    expect(events).toContain('"type":"resource.accepted"');
    await allow();
  });

  it('keeps the twin that it brought up, from everybody, until it is restored', async () => {
    workspace = makeWorkspace('kept', SMALL);
    const running = workspace.start('run', workspace.drill, '--yes', '--json');
    await untilSaid(running.child, 'baseline');
    const allow = await forbidDeletion('kept');
    const ran = await running.ended;
    expect(ran.status, ran.stderr).toBe(1);
    const { run } = shownOf(ran);
    expect(ran.stderr).toContain('drillmaster twin down kept ends it');
    const other = await workspace.look('run', workspace.drill, '--yes', '--json');
    expect(other.status).toBe(1);
    expect(other.stdout).toContain(`${run} is stuck on it: drillmaster restore ${run}`);
    const inVain = await workspace.run('restore', run, '--json');
    expect(inVain.status, inVain.stderr).toBe(1);
    expect(findTwin(workspace.state, 'kept')).toBeDefined();
    await allow();
    const restored = await workspace.run('restore', run, '--json');
    expect(restored.status, restored.stderr).toBe(0);
    expect(shownOf(restored).evidence).toMatch(/-reopened-2$/);
    expect(findTwin(workspace.state, 'kept')).toBeUndefined();
    expect(processesMentioning(workspace.root)).toEqual([]);
  });
});
