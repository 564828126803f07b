import { describe, expect, it } from 'vitest';
import type { RunJournal } from '../../src/journal/journal.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { EventBody } from '../../src/model/events.ts';
import { resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { checkStep, type Drill, drillOf, ofType, planOf, step, stepsOnly, story } from './drill-builder.ts';
import { createWorld, LATE_MS, REPLICA } from './test-world.ts';

const SENT = /^start|^outage$/;

class Crash extends Error {}

/** A journal whose process dies after it has stored an event for which `dies` is true, before anybody hears of it. */
function dyingAfter(journal: RunJournal, dies: (type: string, seq: number) => boolean): RunJournal {
  return {
    ...journal,
    append: async (events) => {
      const placed = await journal.append(events);
      if (placed.some(({ type, seq }) => dies(type, seq))) throw new Crash();
      return placed;
    },
  };
}

async function crashAndResume(drill: Drill, dies: (type: string, seq: number) => boolean) {
  const first = await runDrill({ ...drill.options, journal: dyingAfter(drill.journal, dies) }).catch(
    (error: unknown) => error,
  );
  if (!(first instanceof Crash)) return { outcome: first, crashed: false };
  const journal = drill.store.now.take('run-1');
  return { outcome: await resumeDrill({ ...drill.options, journal }), crashed: true };
}

/** The first event as a body. */
function openedIn({ events }: Drill): EventBody {
  const [first] = events();
  if (first?.type !== 'run.opened') throw new Error(`expected run.opened, found ${first?.type}`);
  const { seq: _, at: __, ...body } = first;
  return body;
}

/** An intent whose request never left costs an attempt, so every step has two. */
const retry = { attempts: 2, backoffMs: 1, maximumMs: 1 };
const PLAN = planOf({
  steps: [
    ...planOf().steps.slice(0, 1),
    step('promote', 'recovery', { uses: 'test/recover', undo: 'failback' }),
    step('steer', 'recovery', { needs: ['promote'] }),
    checkStep('answers'),
    step('fail-back', 'restoration', { undo: 'failback' }),
  ].map((planned) => ({ ...planned, retry })),
});

describe('a run whose process died', () => {
  it('passes all the same, wherever that was, and sends no write twice', async () => {
    const calm = drillOf({ plan: PLAN });
    await runDrill(calm.options);
    const told = story(calm.events());
    // The first event is there before anything can die.
    for (let index = 0; index < told.length - 2; index++) {
      const world = createWorld();
      world.behaviours.set('steer', ['accepted']);
      const drill = drillOf({ plan: PLAN, world });
      let counted = 0;
      const noise = new Set(['probe.readings', 'canary.writes']);
      const { outcome, crashed } = await crashAndResume(drill, (type) => !noise.has(type) && ++counted === index + 1);
      expect({ index, crashed, outcome }).toEqual({ index, crashed: true, outcome: 'passed' });
      const starts = world.calls.filter((call) => /^start|^outage$/.test(call)).map((call) => call.replace(/ \d$/, ''));
      expect(starts.toSorted()).toEqual(['outage', 'start fail-back', 'start promote', 'start steer']);
      expect(ofType(drill.events(), 'run.resumed')).toHaveLength(1);
      expect(drill.store.now.find('run-1')).toMatchObject({ outcome: 'passed' });
    }
  }, 60_000);

  it('in the middle of a request waits until that can no longer arrive, and does not send it again', async () => {
    const drill = drillOf({ plan: stepsOnly([step('s', 'recovery', { retry })]) });
    const { outcome, crashed } = await crashAndResume(drill, (type) => {
      if (type === 'step.started') setTimeout(() => drill.world.effects.add('s'), LATE_MS);
      return type === 'step.started';
    });
    expect({ outcome, crashed }).toEqual({ outcome: 'passed', crashed: true });
    expect(drill.world.calls.filter((call) => call.startsWith('start'))).toEqual([]);
  });

  it('goes on observing an accepted operation with its handle', async () => {
    const world = createWorld();
    world.behaviours.set('s', ['accepted']);
    const drill = drillOf({ world, plan: stepsOnly([step('s', 'recovery')]) });
    await crashAndResume(drill, (type) => type === 'step.accepted');
    expect(world.calls).toEqual(['inspect s 1', 'start s 1', 'observe s https://secret/s?sig=s']);
  });

  it('tells the look after a crash when the request was intended first, and by which id', async () => {
    const drill = drillOf({ plan: PLAN });
    // The process dies when the answer of the fault is stored: the next one sees the intent and looks.
    const lost: RunJournal = {
      ...drill.journal,
      append: async (events) => {
        if (events.some(({ body }) => body.type === 'step.succeeded' && body.step === 'lose')) throw new Crash();
        return drill.journal.append(events);
      },
    };
    await runDrill({ ...drill.options, journal: lost }).catch(() => {});
    await resumeDrill({ ...drill.options, journal: drill.store.now.take('run-1') });
    const intended = ofType(drill.events(), 'step.started').find(({ step: of }) => of === 'lose');
    const looked = ofType(drill.events(), 'step.inspected').find(({ step: of }) => of === 'lose');
    expect(intended).toBeDefined();
    expect(looked?.output).toMatchObject({ intendedAt: intended?.at, requests: [intended?.requestId] });
  });

  it('keeps the deadline of a time-out', async () => {
    const world = createWorld();
    world.behaviours.set('s', ['hangs']);
    const drill = drillOf({
      world,
      plan: stepsOnly([step('s', 'recovery', { timeoutMs: 80, retry: { attempts: 1, backoffMs: 1, maximumMs: 1 } })]),
    });
    const store = openMemoryStore();
    const journal = store.now.create({ run: 'run-1', drill: 'small', openedAt: 0, plan: '{}' });
    await journal.append([{ at: systemClock.now(), body: openedIn(drill) }]);
    await runDrill({ ...drill.options, journal: dyingAfter(journal, (type) => type === 'step.started') }).catch(
      () => {},
    );
    const startedAt = store.now.events('run-1').find(({ type }) => type === 'step.started')?.at ?? 0;
    world.effects.add('s');
    world.behaviours.set('s', ['accepted']);
    const accepted = drill.options.catalogue.actions.get('test/write');
    const catalogue = {
      ...drill.options.catalogue,
      actions: new Map(drill.options.catalogue.actions).set('test/write', {
        ...accepted,
        observe: () => new Promise(() => {}),
      } as never),
    };
    await resumeDrill({ ...drill.options, catalogue, journal: store.now.take('run-1') });
    const fired = store.now.events('run-1').find(({ type }) => type === 'timer.fired');
    expect((fired?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(80);
    expect((fired?.at ?? 0) - startedAt).toBeLessThan(400);
  });

  it('and whose clock was set back meanwhile goes on after its last event, and says so', async () => {
    const drill = drillOf({ plan: PLAN });
    const dying = dyingAfter(drill.journal, (type) => type === 'declaration.made');
    await runDrill({ ...drill.options, journal: dying }).catch(() => {});
    const before = drill.events();
    const clock = { now: () => systemClock.now() - 20_000 };
    const outcome = await resumeDrill({ ...drill.options, clock, journal: drill.store.now.take('run-1') });
    expect(outcome).toBe('passed');
    const [stepped] = ofType(drill.events(), 'clock.stepped');
    expect(stepped?.wallMinusMonotonicMs).toBeLessThan(-15_000);
    const looks = ofType(drill.events().slice(before.length), 'probe.readings').flatMap(({ readings }) => readings);
    const last = before.at(-1)?.at ?? 0;
    expect(looks.length).toBeGreaterThan(0);
    expect(looks.filter(([sentAt]) => sentAt < last)).toEqual([]);
  });

  it('numbers canary writes on far above those that may exist without being on record', async () => {
    const drill = drillOf();
    await crashAndResume(drill, (type) => type === 'canary.writes');
    const numbers = ofType(drill.events(), 'canary.writes').flatMap(({ writes }) =>
      writes.map(([sequence]) => sequence),
    );
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(Math.max(...numbers)).toBeGreaterThan(1_000_000);
  });

  it('does not write canaries again once they were read back', async () => {
    const drill = drillOf();
    await crashAndResume(drill, (type) => type === 'undo.started');
    expect(drill.world.calls.filter((call) => call === 'canary opened')).toHaveLength(1);
    expect(ofType(drill.events(), 'canary.survivors')).toHaveLength(1);
  });

  it('finds the baseline again for its proof', async () => {
    const drill = drillOf();
    await crashAndResume(drill, (type) => {
      if (type === 'restoration.cleaned') drill.world.facts.set(REPLICA, { role: 'other' });
      return type === 'restoration.cleaned';
    });
    expect(ofType(drill.events(), 'restoration.proved')[0]?.differences).toEqual([
      `${REPLICA}: role expected "replica", found "other"`,
    ]);
  });

  it('and that was closed but not given back is only given back', async () => {
    const drill = drillOf({ plan: stepsOnly([step('s', 'recovery')]) });
    const { outcome, crashed } = await crashAndResume(drill, (type) => type === 'run.closed');
    expect({ outcome, crashed }).toEqual({ outcome: 'passed', crashed: true });
    expect(ofType(drill.events(), 'run.resumed')).toEqual([]);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome: 'passed', writer: null });
  });

  it('before it was opened cannot be gone on with', async () => {
    const { options } = drillOf();
    const store = openMemoryStore();
    const journal = store.now.create({ run: 'run-1', drill: 'small', openedAt: 0, plan: '{}' });
    await expect(resumeDrill({ ...options, journal })).rejects.toMatchObject({ code: 'nothing-to-resume' });
    expect(store.now.find('run-1')).toMatchObject({ outcome: null, writer: null });
  });

  it.each([
    ['before the disruption was sent', 'baseline.finished'],
    ['before the promotion was sent', 'declaration.made'],
  ])('and that was aborted in the meantime sends nothing more, %s', async (_, type) => {
    const drill = drillOf({ plan: PLAN });
    const first = await runDrill({ ...drill.options, journal: dyingAfter(drill.journal, (at) => at === type) }).catch(
      (error: unknown) => error,
    );
    expect(first).toBeInstanceOf(Crash);
    const sent = drill.world.calls.filter((call) => SENT.test(call));
    drill.store.post('run-1', { type: 'abort', as: 'sam', reason: 'the process was killed' });
    const outcome = await resumeDrill({ ...drill.options, journal: drill.store.now.take('run-1') });
    expect(outcome).toBe('aborted');
    expect(drill.world.calls.filter((call) => SENT.test(call))).toEqual(sent);
    expect(ofType(drill.events(), 'abort.requested')).toMatchObject([{ as: 'sam' }]);
    const told = story(drill.events());
    expect(told[told.indexOf('run.resumed') + 1]).toBe('abort.requested');
    expect(new Set(told.filter((line) => line.startsWith('undo.started'))).size).toBe(
      told.filter((line) => line.startsWith('undo.started')).length,
    );
  });

  it('several times in a row still ends', async () => {
    const drill = drillOf({ plan: PLAN });
    const deaths = [
      'baseline.finished',
      'step.started',
      'canary.survivors',
      'restoration.cleaned',
      'evaluation.finished',
    ];
    let outcome: unknown;
    for (let life = 0; outcome === undefined; life++) {
      const journal = life === 0 ? drill.journal : drill.store.now.take('run-1');
      const dying = dyingAfter(journal, (type, seq) => type === deaths[life] && seq > 0);
      const work =
        life === 0 ? runDrill({ ...drill.options, journal: dying }) : resumeDrill({ ...drill.options, journal: dying });
      outcome = await work.catch((error: unknown) => (error instanceof Crash ? undefined : error));
    }
    expect(outcome).toBe('passed');
    expect(ofType(drill.events(), 'run.resumed')).toHaveLength(deaths.length);
    expect(
      drill.events().every(({ at }, index, all) => at >= (all[index - 1]?.at ?? 0) && at <= systemClock.now()),
    ).toBe(true);
  });
});
