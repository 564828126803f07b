// A child stuck on its parent's twin is restored there, and its parent after it: both end, and the twin with the last of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reopenRun } from '../../src/cli/reopen-run.ts';
import { openStore } from '../../src/cli/store.ts';
import { bringUp, identityOf } from '../../src/cli/twins.ts';
import type { Workspace } from '../../src/cli/workspace.ts';
import type { EventBody } from '../../src/model/events.ts';
import { canonicalJson } from '../../src/model/json.ts';
import type { Outcome } from '../../src/model/phase.ts';
import { planDigest } from '../../src/plan/digest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { downTwin, findTwin } from '../../src/twin/index.ts';
import { plannedStep } from '../plan/planned-step.ts';
import { held, opened, ready, started, succeeded } from '../statechart/bodies.ts';
import { drillPlan, recovery } from '../statechart/drills.ts';
import { runInProcess } from './terminal.ts';

const WORLDS = resolve(import.meta.dirname, '../system/small/worlds');
const SUBSCRIPTION = '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c77';
const LEFT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-made`;
const environment = {
  kind: 'twin',
  name: 'small',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  subscription: SUBSCRIPTION,
} as const;
const kid = drillPlan([recovery('make', [], { creates: [LEFT] })], { environment });
const child = { file: 'drills/kid.yaml', plan: kid, endsAfterMs: 60_000 };
const parent = drillPlan([plannedStep('rehearse', { phase: 'recovery', uses: 'drill/run', child })], { environment });

let root = '';
let workspace: Workspace;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-parent-'));
  workspace = { root, state: join(root, 'state'), evidence: join(root, 'evidence'), worlds: WORLDS };
});
afterEach(async () => {
  if (findTwin(workspace.state, 'small') !== undefined) await downTwin(workspace.state, 'small');
  rmSync(root, { recursive: true, force: true });
});

async function leaveStuck(run: string, plan: Plan, bodies: readonly EventBody[]): Promise<void> {
  const store = await openStore(workspace);
  const first = { ...opened, run, planDigest: planDigest(plan), environment: { kind: 'twin', name: 'small' } };
  const record = { run, drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) };
  const journal = await store.create(record, { at: 1, body: first as EventBody });
  const end: readonly EventBody[] = [
    { type: 'evaluation.finished', outcome: 'stuck', reasons: [] },
    { type: 'run.closed', outcome: 'stuck' },
  ];
  await journal.append([...bodies, ...end].map((body, index) => ({ at: index + 2, body })));
  await journal.release('stuck');
  await store.close();
}

const proved = (leftOvers: readonly string[]): EventBody => ({
  type: 'restoration.proved',
  proved: leftOvers.length === 0,
  differences: [],
  leftOvers: [...leftOvers],
  inventory: [],
});
const cleaned: EventBody = { type: 'restoration.cleaned', removed: [], leftOvers: [] };
const removed: EventBody = { type: 'undo.succeeded', step: 'make', attempt: 1, output: null };
const ended = (outcome: Outcome): EventBody => ({
  type: 'child.ended',
  step: 'rehearse',
  attempt: 1,
  drill: kid.drill,
  run: 'one.rehearse',
  outcome,
  digest: null,
});
const failed: EventBody = {
  type: 'step.failed',
  step: 'rehearse',
  attempt: 1,
  error: { code: 'child-failed', message: 'child run one.rehearse ended stuck' },
  retryable: false,
};

const said: string[] = [];
const terminal = {
  out: () => {},
  err: (text: string) => void said.push(text),
  interactive: false,
  forPeople: false,
  screen: undefined,
};

const reopened = { type: 'run.reopened', for: 'restoration', as: 'dana', reason: 'test' } as const;
const restore = (run: string) => reopenRun({ run, workspace, terminal, reopened });

it('a child stuck on the twin of its parent is restored there, and its parent after it', async () => {
  const address = await bringUp(workspace, join(WORLDS, 'small.yaml'), { run: 'one' });
  const entered: EventBody = { type: 'world.entered', identity: identityOf({ address }) };
  const begun = [entered, ready, held];
  await leaveStuck('one', parent, [...begun, started('rehearse'), ended('stuck'), failed, cleaned, proved([])]);
  await leaveStuck('one.rehearse', kid, [
    ...begun,
    started('make'),
    succeeded('make'),
    removed,
    cleaned,
    proved([LEFT]),
  ]);

  const early = await restore('one');
  expect(early.result.stuck).toMatchObject([{ command: 'drillmaster restore one.rehearse' }]);
  const below = await restore('one.rehearse');
  expect(below.result.stuck, said.join('\n')).toEqual([]);
  expect(findTwin(workspace.state, 'small')).toBeDefined();
  const above = await restore('one');
  expect([above.result.outcome, above.result.stuck]).toEqual(['failed', []]);
  expect(above.result.children).toMatchObject([{ run: 'one.rehearse', outcome: below.result.outcome }]);
  expect(findTwin(workspace.state, 'small')).toBeUndefined();
});

it('a twin is not ended by hand under a run that works on it, whichever run brought it up', async () => {
  const address = await bringUp(workspace, join(WORLDS, 'small.yaml'), { run: 'one' });
  const store = await openStore(workspace);
  const record = { run: 'two', drill: kid.drill, openedAt: 1, plan: canonicalJson(kid) };
  const journal = await store.create(record, { at: 1, body: { ...opened, run: 'two' } as EventBody });
  await journal.append([{ at: 2, body: { type: 'world.entered', identity: identityOf({ address }) } }]);
  const down = () => runInProcess('twin', 'down', 'small', '--state', workspace.state);
  expect(await down()).toMatchObject({ status: 2, err: expect.stringContaining('on which two is at work') });
  await journal.release('passed');
  await store.close();
  expect(await down()).toMatchObject({ status: 0, out: 'small: down\n' });
});
