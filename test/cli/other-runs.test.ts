import { describe, expect, it } from 'vitest';
import { otherRunsOf } from '../../src/cli/other-runs.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { EventBody } from '../../src/model/events.ts';
import { canonicalJson } from '../../src/model/json.ts';
import { planOf, START } from '../report/run-builder.ts';
import { opened } from '../statechart/bodies.ts';

const TWIN = 'twin a, up since then';

/** A store with runs of the same plan that were opened one after the other, or at the same instant. */
async function storeOf(runs: Readonly<Record<string, readonly EventBody[]>>, atOnce = false) {
  const store = openMemoryStore();
  for (const [index, [run, bodies]] of Object.entries(runs).entries()) {
    const openedAt = START + (atOnce ? 0 : index);
    const journal = await store.create(
      { run, drill: 'd', openedAt, plan: canonicalJson(planOf()) },
      { at: openedAt, body: opened },
    );
    await journal.append(bodies.map((body) => ({ at: openedAt + 1, body })));
    const last = bodies.at(-1);
    if (last?.type === 'run.closed') await journal.release(last.outcome);
    if (last?.type === 'clock.stepped') await journal.release(null);
  }
  return store;
}
const here = () => TWIN;
const entered = (identity: string): EventBody => ({ type: 'world.entered', identity });
const closed = (outcome: 'stuck' | 'passed'): EventBody => ({ type: 'run.closed', outcome });
const gone: EventBody = { type: 'clock.stepped', wallMinusMonotonicMs: 0 };

describe('the other runs of a store', () => {
  it('are those that have not ended and those that ended stuck, but not those above the one that asks', async () => {
    const store = await storeOf({
      parent: [],
      passed: [closed('passed')],
      stuck: [closed('stuck')],
      open: [],
      'parent.child': [],
    });
    expect((await otherRunsOf(store, 'parent.child', here)).map(({ run }) => run)).toEqual(['stuck', 'open']);
  });

  it('that ended stuck count on a twin only while that twin stands', async () => {
    const store = await storeOf({
      here: [entered(TWIN), closed('stuck')],
      there: [entered('another'), closed('stuck')],
      mine: [],
    });
    expect((await otherRunsOf(store, 'mine', here)).map(({ run, state }) => [run, state.kind])).toEqual([
      ['here', 'stuck'],
    ]);
  });

  it('that ended stuck count as long as their own twin stands, wherever the one that asks is at work', async () => {
    const store = await storeOf({ stuck: [entered(TWIN), closed('stuck')], mine: [entered('the twin of the parent')] });
    const asked: string[] = [];
    const found = await otherRunsOf(store, 'mine', (name) => {
      asked.push(name);
      return TWIN;
    });
    expect(found.map(({ run }) => run)).toEqual(['stuck']);
    expect(asked).toEqual([planOf().environment.name]);
    expect(await otherRunsOf(store, 'mine', () => undefined)).toEqual([]);
  });

  it('that are judged again hold what they held before, and so do those whose end is on record but not yet in the list', async () => {
    const again = (why: 'evaluation' | 'restoration'): EventBody => ({
      type: 'run.reopened',
      for: why,
      as: 'dana',
      reason: 'seen',
    });
    const store = await storeOf({
      passed: [closed('passed'), again('evaluation')],
      interrupted: [closed('passed'), again('evaluation'), gone],
      stuck: [entered(TWIN), closed('stuck'), again('evaluation')],
      elsewhere: [entered('another'), closed('stuck'), again('evaluation')],
      restored: [entered(TWIN), closed('stuck'), again('restoration')],
      ending: [closed('passed'), gone],
      open: [],
      mine: [],
    });
    expect((await otherRunsOf(store, 'mine', here)).map(({ run, state }) => [run, state.kind])).toEqual([
      ['stuck', 'stuck'],
      ['restored', 'driven'],
      ['open', 'driven'],
    ]);
  });

  it('are told apart by who drives them and how far they came', async () => {
    const store = await storeOf({
      driven: [{ type: 'preflight.finished', ready: true, findings: [] }],
      paused: [{ type: 'run.paused', as: 'ola', reason: 'lunch' }],
      continued: [
        { type: 'run.paused', as: 'ola', reason: 'lunch' },
        { type: 'run.continued', as: 'ola' },
      ],
      interrupted: [{ type: 'baseline.finished', held: true, findings: [], inventory: [] }, gone],
      mine: [],
    });
    expect((await otherRunsOf(store, 'mine', here)).map(({ run, passed, state }) => [run, passed, state.kind])).toEqual(
      [
        ['driven', 1, 'driven'],
        ['paused', 0, 'paused'],
        ['continued', 0, 'driven'],
        ['interrupted', 2, 'interrupted'],
      ],
    );
  });

  it('whose journal cannot be read are not taken for ended', async () => {
    const store = await storeOf({ broken: [], mine: [] });
    const events = () => {
      throw new Error('the chain is broken at 3');
    };
    expect((await otherRunsOf({ ...store, events }, 'mine', here)).map(({ state }) => state)).toEqual([
      { kind: 'unreadable', why: 'the chain is broken at 3' },
    ]);
  });

  it('are earlier by their opening, and by their names when that was at the same instant', async () => {
    const earlier = async (atOnce: boolean, run: string) =>
      (await otherRunsOf(await storeOf({ b: [], a: [] }, atOnce), run, here)).map(({ isEarlier }) => isEarlier);
    expect([await earlier(false, 'a'), await earlier(false, 'b')]).toEqual([[true], [false]]);
    expect([await earlier(true, 'a'), await earlier(true, 'b')]).toEqual([[false], [true]]);
  });
  it('are earlier when the run is that a child belongs to, so that one of two always goes first', async () => {
    const store = await storeOf({ d: [], e: [], 'd.s': [], 'd.t': [], 'd.s.deep': [], 'e.u': [] });
    const earlier = async (run: string) =>
      (await otherRunsOf(store, run, here)).filter(({ isEarlier }) => isEarlier).map((other) => other.run);
    expect(await earlier('d.s')).toEqual([]);
    expect(await earlier('e')).toEqual(['d', 'd.s', 'd.t', 'd.s.deep']);
    expect(await earlier('e.u')).toEqual(['d', 'd.s', 'd.t', 'd.s.deep']);
    expect(await earlier('d.t')).toEqual(['d.s']);
  });
});
