// The journal's disk fills up at any moment: the run is aborted before anything else is sent, and restored on what was kept in reserve.
import { describe, expect, it } from 'vitest';
import type { RunJournal } from '../../src/journal/journal.ts';
import { JournalError } from '../../src/journal/journal-error.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import { withReserve } from '../../src/journal/reserve.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { drillOf, ofType, planOf, story } from './drill-builder.ts';
import { createWorld } from './test-world.ts';

const REASON = 'the disk of the journal is full: database or disk is full';

/** A journal whose disk takes nothing from the append of this number on, until the reserve is given back. */
async function fillingAt(fullAt: number) {
  const plan = planOf({ probes: [], canaries: [] });
  const store = openMemoryStore();
  let appends = 0;
  let reserves = 1;
  let isFull = false;
  const world = createWorld();
  let callsBefore = Number.POSITIVE_INFINITY;
  const refusing = (journal: RunJournal): RunJournal => ({
    ...journal,
    append: async (events) => {
      appends += 1;
      if (appends === fullAt) {
        isFull = true;
        callsBefore = world.calls.length;
      }
      if (isFull) throw new JournalError('full', REASON);
      return journal.append(events);
    },
  });
  const giveBack = () => {
    isFull = false;
    reserves -= 1;
    return reserves === 0;
  };
  const filling = withReserve(
    { ...store, create: async (record, first) => refusing(await store.create(record, first)) },
    { make: () => {}, giveBack },
  );
  const opened = ofType(drillOf({ plan }).events(), 'run.opened')[0] ?? expect.fail('it was opened');
  const { seq: _, at, ...body } = opened;
  const journal = await filling.create({ run: 'run-1', drill: 'small', openedAt: 0, plan: '{}' }, { at, body });
  const drill = drillOf({ plan, journal, world });
  const calledSince = () => world.calls.slice(callsBefore);
  return { drill, events: () => store.events('run-1'), count: () => appends, left: () => reserves, calledSince };
}

async function runUntil(fullAt: number) {
  const { drill, events, count, left, calledSince } = await fillingAt(fullAt);
  const outcome = await runDrill(drill.options);
  return { drill, outcome, events: await events(), appends: count(), left: left(), calledSince: calledSince() };
}

describe('a disk that fills up', () => {
  it('at any append lets the run be aborted, restored and closed, and nothing be sent from there on', async () => {
    const whole = await runUntil(Number.POSITIVE_INFINITY);
    expect(whole.outcome).toBe('passed');
    for (let fullAt = 1; fullAt <= whole.appends; fullAt += 1) {
      const { drill, outcome, events, left, calledSince } = await runUntil(fullAt);
      const told = story(events);
      expect(left, `full at ${fullAt}`).toBe(0);
      expect(told.at(-1), `full at ${fullAt}`).toBe('run.closed');
      expect(ofType(events, 'abort.requested')).toMatchObject([
        { as: 'drillmaster', reason: `${REASON}; its reserve was given back` },
      ]);
      const { calls } = drill.world;
      const isDisrupted = calls.includes('outage');
      expect(calls.includes('outage ended'), `full at ${fullAt}`).toBe(isDisrupted);
      // Going back is restoration; everything else would be new.
      const sent = calledSince.filter((call) => call === 'outage' || /^start (?!fail-back)/.test(call));
      expect(sent, `full at ${fullAt}`).toEqual([]);
      if (fullAt < whole.appends - 1) expect(outcome, `full at ${fullAt}`).toBe('aborted');
    }
  });

  it('ends the run where it stands when nothing is left in reserve', async () => {
    const { drill } = await fillingAt(5);
    const { journal } = drill;
    const append = (events: Parameters<typeof journal.append>[0]) => {
      throw new JournalError('full', `${REASON}, ${events.length}`);
    };
    const options = { ...drill.options, journal: { ...journal, append } };
    await expect(runDrill(options)).rejects.toMatchObject({ code: 'full' });
    expect(drill.world.calls).toEqual([]);
  });
});
