// A child in the hands of another process is held to what its parent is through its inbox: each command once for each change.
import { afterEach, describe, expect, it } from 'vitest';
import { childElsewhere } from '../../../src/cli/children/child-elsewhere.ts';
import { openFamily } from '../../../src/cli/children/family.ts';
import { watchParent } from '../../../src/cli/children/parent-watch.ts';
import type { JournalStore } from '../../../src/journal/journal.ts';
import { openMemoryStore } from '../../../src/journal/memory.ts';
import type { DrillEvent, EventBody } from '../../../src/model/events.ts';
import { canonicalJson } from '../../../src/model/json.ts';
import { planDigest } from '../../../src/plan/digest.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { planOf } from '../../report/run-builder.ts';

const PARENT = 'parent-1';
const CHILD = 'parent-1.one';
const TEN_MINUTES_MS = 600_000;

let over = new AbortController();
afterEach(() => {
  over.abort(new Error('the test is over'));
  over = new AbortController();
});

const opened = (run: string, plan: Plan): EventBody => ({
  type: 'run.opened',
  run,
  drill: plan.drill,
  planDigest: planDigest(plan),
  environment: { kind: 'twin', name: 'parent' },
  requestedBy: 'root',
  unattended: false,
  rehearsal: false,
  tool: 'tests',
});
const toBaseline = (plan: Plan): readonly EventBody[] => [
  { type: 'preflight.finished', ready: true, findings: [] },
  {
    type: 'approval.decided',
    decision: 'approved',
    as: 'Dana',
    role: 'dr-lead',
    verified: false,
    automatic: false,
    planDigest: planDigest(plan),
  },
];
const pause: EventBody = { type: 'run.paused', as: 'Ola', reason: 'vendor' };
const heldByParent: EventBody = { type: 'run.paused', as: 'Ola', reason: 'its parent parent-1 is held: vendor' };
const parentAbort: EventBody = { type: 'abort.requested', as: 'Dana', reason: 'enough' };

function parentPlan(child: Plan, endsAfterMs: number): Plan {
  const plan = planOf();
  const [step] = plan.steps;
  if (step === undefined) throw new Error('expected a step, found none');
  const runs = { ...step, id: 'one', child: { file: 'drills/child.yaml', plan: child, endsAfterMs, forecastMs: 1 } };
  return { ...plan, steps: [...plan.steps, runs] };
}

/** A child in baseline under a process that lives elsewhere. */
function elsewhere() {
  const plan = planOf();
  const store = openMemoryStore({ self: { pid: 4711, startedAt: 'then' }, isAlive: () => true });
  const record = { run: CHILD, drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) };
  const journal = store.now.create(record, { at: 1, body: opened(CHILD, plan) });
  const appended = (...bodies: readonly EventBody[]) => void journal.append(bodies.map((body) => ({ at: 2, body })));
  appended(...toBaseline(plan));
  return { store, journal, appended, child: plan };
}

/** A parent in baseline, and its child. */
function apart(endsAfterMs = TEN_MINUTES_MS) {
  const { store, journal, appended, child } = elsewhere();
  const plan = parentPlan(child, endsAfterMs);
  const family = openFamily({
    run: PARENT,
    plan,
    store,
    workspace: { root: '', state: '', evidence: '', worlds: '' },
    terminal: { out: () => {}, err: () => {}, interactive: false, forPeople: false, screen: undefined },
    hold: () => () => {},
    open: () => {
      throw new Error('expected no child to be made');
    },
    drive: () => {
      throw new Error('expected no child to be driven here');
    },
  });
  let seq = 0;
  const parent = (...bodies: readonly EventBody[]) => {
    for (const body of bodies) {
      seq += 1;
      family.onEvent({ ...body, seq, at: seq } as DrillEvent);
    }
  };
  parent(opened(PARENT, plan), ...toBaseline(plan));
  const wait = () => void family.runs.end(CHILD, 1, over.signal).catch(() => undefined);
  const posted = async () => (await journal.commands()).map(({ command }) => command);
  /** Longer than two looks at the child. */
  const looks = () => new Promise((resolve) => setTimeout(resolve, 2500));
  return { parent, child: appended, wait, posted, looks };
}

describe('a child that another process took over', () => {
  it('is held with its parent, once, and goes on with it', async () => {
    const { parent, child, wait, posted, looks } = apart();
    wait();
    parent(pause);
    await expect
      .poll(posted, { timeout: 20_000 })
      .toEqual([{ type: 'pause', as: 'Ola', reason: 'its parent parent-1 is held: vendor' }]);
    await looks();
    expect(await posted()).toHaveLength(1);
    child(heldByParent);
    await looks();
    parent({ type: 'run.continued', as: 'Ola' });
    await expect
      .poll(async () => (await posted()).slice(1), { timeout: 20_000 })
      .toEqual([{ type: 'resume', as: PARENT }]);
    await looks();
    expect(await posted()).toHaveLength(2);
  });

  it('is not let go on by its parent where people hold it themselves', async () => {
    const { parent, child, wait, posted, looks } = apart();
    child({ type: 'run.paused', as: 'Sam', reason: 'lunch' });
    parent(pause);
    wait();
    await looks();
    parent({ type: 'run.continued', as: 'Ola' });
    await looks();
    expect(await posted()).toEqual([]);
  });

  it('is aborted with its parent, once', async () => {
    const { parent, wait, posted, looks } = apart();
    wait();
    parent(parentAbort);
    await expect
      .poll(posted, { timeout: 20_000 })
      .toEqual([{ type: 'abort', as: PARENT, reason: 'its parent parent-1 was aborted by Dana: enough' }]);
    await looks();
    expect(await posted()).toHaveLength(1);
  });

  it('is not aborted once more when it is being aborted already', async () => {
    const { parent, child, wait, posted, looks } = apart();
    child({ type: 'abort.requested', as: 'root', reason: 'its parent parent-1 was aborted by Dana: enough' });
    parent(parentAbort);
    wait();
    await looks();
    expect(await posted()).toEqual([]);
  });

  it('is aborted when the step of its parent has waited long enough', async () => {
    const { wait, posted } = apart(1000);
    wait();
    await expect
      .poll(posted, { timeout: 20_000 })
      .toEqual([{ type: 'abort', as: PARENT, reason: 'its parent parent-1 waited 1 s for step one' }]);
  });

  it.each([
    ['held', pause],
    ['aborted', parentAbort],
  ])('may be closed while its parent, which was %s, is about to say so', async (_, change) => {
    const { store, journal, child } = elsewhere();
    const plan = parentPlan(child, TEN_MINUTES_MS);
    const parent = watchParent(plan);
    for (const [index, body] of [opened(PARENT, plan), ...toBaseline(plan), change].entries())
      parent.take({ ...body, seq: index + 1, at: 1 } as DrillEvent);
    const refused: unknown[] = [];
    const post: JournalStore['post'] = async (run, command) => {
      await journal.release('passed');
      try {
        await store.post(run, command);
      } catch (error) {
        refused.push(error);
        throw error;
      }
    };
    const endsIn = { ms: TEN_MINUTES_MS, reason: 'it took too long' };
    const watched = { run: CHILD, parentRun: PARENT, parent, endsIn, plan: child };
    const { look, close } = childElsewhere({ ...watched, store: { events: store.events, post } });
    try {
      await expect(look()).resolves.toBeUndefined();
      await expect.poll(() => refused).toMatchObject([{ code: 'closed' }]);
    } finally {
      close();
    }
  });
});
