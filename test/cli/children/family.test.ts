// A step that is tried again finds the child of the attempt before: one that is open or passed is never run a second time, one that failed is.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFamily } from '../../../src/cli/children/family.ts';
import { openMemoryStore } from '../../../src/journal/memory.ts';
import type { ChildRecord } from '../../../src/model/child.ts';
import { canonicalJson } from '../../../src/model/json.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { openSandbox, type Sandbox } from '../../evidence/packed.ts';
import { buildRun, ending, place, planOf, START } from '../../report/run-builder.ts';

const PARENT = 'parent-1';
const CHILD = 'parent-1.promote';
const DIGEST = 'd'.repeat(64);
/** The parent's step was accepted, and its child is at work. */
const ACCEPTED_AT = START + 6700;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.remove());

/** It runs the child in the place of its promotion. */
function parentPlan(child: Plan): Plan {
  const plan = planOf();
  const runs = { file: 'drills/child.yaml', plan: child, endsAfterMs: 60_000, forecastMs: 1 };
  return { ...plan, steps: plan.steps.map((step) => (step.id === 'promote' ? { ...step, child: runs } : step)) };
}

/** A parent whose step was tried once, and the child of that attempt. */
function tried() {
  const { plan, timed } = buildRun();
  const at = (name: string) => join(sandbox.folder, name);
  const store = openMemoryStore();
  const [first, ...rest] = timed.toSorted((a, b) => a.at - b.at);
  const journal = store.now.create({ run: CHILD, drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) }, first);
  void journal.append(rest);
  const family = openFamily({
    run: PARENT,
    plan: parentPlan(plan),
    store,
    workspace: { root: at(''), state: at('state'), evidence: at('evidence'), worlds: at('worlds') },
    terminal: { out: () => {}, err: () => {}, interactive: false, forPeople: false, screen: undefined },
    hold: () => () => {},
    open: () => {
      throw new Error('expected no child to be made');
    },
    drive: () => {
      throw new Error('expected no child to be driven here');
    },
  });
  const soFar = place(timed.filter(({ at: when }) => when <= ACCEPTED_AT));
  for (const event of soFar) family.onEvent(event);
  const close = (outcome: 'passed' | 'failed') => {
    void journal.append(ending(outcome, outcome === 'passed' ? [] : ['it was too slow']));
    void journal.release(outcome);
  };
  const recorded = (child: Pick<ChildRecord, 'outcome' | 'digest'>) =>
    family.onEvent({
      ...{ type: 'child.ended', step: 'promote', attempt: 1, drill: plan.drill, run: CHILD, ...child },
      ...{ seq: soFar.length + 1, at: ACCEPTED_AT },
    });
  const look = (attempt = 2) => family.runs.look(CHILD, attempt);
  const end = (attempt = 2) => family.runs.end(CHILD, attempt, AbortSignal.timeout(60_000));
  return { close, recorded, look, end };
}

describe('the child of a step that is tried again', () => {
  it('is gone on with while it is open', async () => {
    const { look } = tried();
    expect(await Promise.all([look(), look(3)])).toEqual([
      { run: CHILD, standing: 'open' },
      { run: CHILD, standing: 'open' },
    ]);
  });

  it('counts although somebody else brought it to its end before the parent looked again', async () => {
    const { close, end } = tried();
    close('passed');
    expect(await end()).toMatchObject({
      run: CHILD,
      outcome: 'passed',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await end(3)).toMatchObject({ run: CHILD, outcome: 'passed' });
  });

  it('fails the step that went on with it when it failed, and is the one that is named', async () => {
    const { close, recorded, end } = tried();
    close('failed');
    expect(await end()).toMatchObject({ run: CHILD, outcome: 'failed' });
    // The parent may die between that record and the end of its step.
    recorded({ outcome: 'failed', digest: DIGEST });
    expect(await end()).toMatchObject({ run: CHILD, outcome: 'failed' });
  });

  it('is not run once more when it passed', async () => {
    const { close, recorded, look } = tried();
    close('passed');
    expect(await look()).toEqual({ run: CHILD, standing: 'closed' });
    recorded({ outcome: 'passed', digest: DIGEST });
    expect((await Promise.all([look(), look(3)])).map(({ run, standing }) => [run, standing])).toEqual([
      [CHILD, 'closed'],
      [CHILD, 'closed'],
    ]);
  });

  it('is run once more when it failed', async () => {
    const { close, look } = tried();
    close('failed');
    expect(await Promise.all([look(1), look(), look(3)])).toEqual([
      { run: CHILD, standing: 'closed' },
      { run: `${CHILD}_2`, standing: 'absent' },
      { run: `${CHILD}_3`, standing: 'absent' },
    ]);
  });

  it('is run once more when it passed and its parent found no evidence that verifies', async () => {
    const { close, recorded, look } = tried();
    close('passed');
    recorded({ outcome: 'passed', digest: null });
    expect(await Promise.all([look(1), look()])).toEqual([
      { run: CHILD, standing: 'closed' },
      { run: `${CHILD}_2`, standing: 'absent' },
    ]);
  });
});
