// A twin is shared by the runs of its world: it stays up for whoever works or is stuck on it, and the last one ends it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bringUp, giveBack, identityOf, twinFor } from '../../src/cli/twins.ts';
import type { Workspace } from '../../src/cli/workspace.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { EventBody } from '../../src/model/events.ts';
import { canonicalJson } from '../../src/model/json.ts';
import { downTwin, findTwin } from '../../src/twin/index.ts';
import { held, opened, ready } from '../statechart/bodies.ts';
import { drillPlan } from '../statechart/drills.ts';

const WORLD = resolve(import.meta.dirname, '../system/small/worlds/small.yaml');
const plan = { ...drillPlan([]), environment: { ...drillPlan([]).environment, name: 'small' } };

let root = '';
let workspace: Workspace;
let store: ReturnType<typeof openMemoryStore>;
let said: string[] = [];
let identity = '';
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-users-'));
  const at = (name: string) => join(root, name);
  workspace = { root, state: at('state'), evidence: at('evidence'), worlds: at('worlds') };
  store = openMemoryStore();
  said = [];
  identity = identityOf({ address: await bringUp(workspace, WORLD, { run: 'one' }) });
});
afterEach(async () => {
  if (findTwin(workspace.state, 'small') !== undefined) await downTwin(workspace.state, 'small');
  rmSync(root, { recursive: true, force: true });
});

const terminal = {
  out: () => {},
  err: (text: string) => void said.push(text),
  interactive: false,
  forPeople: false,
  screen: undefined,
};
const asking = () => ({ workspace, store, terminal });
const isUp = () => {
  const address = findTwin(workspace.state, 'small');
  return address !== undefined && identityOf({ address }) === identity;
};
const twinOf = (run: string, isTakeOver = true) =>
  twinFor(WORLD, workspace, run, { ...asking(), signal: new AbortController().signal, isTakeOver });

/** A run on the twin; `outcome`: null while it is open, `at-work` while its process lives. */
async function leave(run: string, outcome: string | null, hasEntered = true) {
  const record = { run, drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) };
  const journal = await store.create(record, { at: 1, body: { ...opened, run } as EventBody });
  const bodies: readonly EventBody[] = [{ type: 'world.entered', identity }, ready, held];
  if (hasEntered) await journal.append(bodies.map((body, index) => ({ at: index + 2, body })));
  if (outcome !== 'at-work') await journal.release(outcome);
  return journal;
}

describe('a twin whose run is closed', () => {
  it('ends with it when nobody else needs it', async () => {
    await leave('one', 'passed');
    await leave('two', 'passed');
    await giveBack('small', 'one', asking());
    expect(isUp()).toBe(false);
  });

  it('stays up for the run that works on it, which ends it when it leaves', async () => {
    await leave('one', 'passed');
    const two = await leave('two', 'at-work');
    await giveBack('small', 'one', asking());
    expect(isUp()).toBe(true);
    expect(said).toEqual(['twin small: stays up, two works on it']);
    await leave('three', null, false);
    expect(identityOf(await twinOf('three', false))).toBe(identity);
    await two.release('passed');
    await giveBack('small', 'two', asking());
    expect(isUp()).toBe(false);
  });

  it('stays up for the run that has only chosen it', async () => {
    await leave('one', 'passed');
    await leave('two', 'at-work', false);
    await giveBack('small', 'one', asking());
    expect(isUp()).toBe(true);
  });

  it('stays up for the run that is stuck on it, which alone gets it and ends it', async () => {
    await leave('one', 'passed');
    await leave('two', 'stuck');
    await giveBack('small', 'one', asking());
    expect(isUp()).toBe(true);
    expect(said).toEqual(['twin small: stays up, two is stuck on it']);
    await leave('three', null, false);
    await expect(twinOf('three')).rejects.toThrow('two is stuck on it: drillmaster restore two');
    expect(identityOf(await twinOf('two'))).toBe(identity);
    await (await store.reopen('two')).release('failed');
    await giveBack('small', 'two', asking());
    expect(isUp()).toBe(false);
  });

  it('is where an interrupted run goes on that worked on it', async () => {
    await leave('one', 'passed');
    await leave('two', null);
    expect(identityOf(await twinOf('two'))).toBe(identity);
  });
});

describe('a twin on which parent and child are stuck', () => {
  it('is where the child is restored, and stays up for its parent', async () => {
    await leave('one', 'stuck');
    await leave('one.kid', 'stuck');
    expect(identityOf(await twinOf('one.kid'))).toBe(identity);
    await (await store.reopen('one.kid')).release('failed');
    await giveBack('small', 'one.kid', asking());
    expect(isUp()).toBe(true);
    expect(identityOf(await twinOf('one'))).toBe(identity);
  });
});
