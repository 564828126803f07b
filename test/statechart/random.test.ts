// Drills that nobody thought of: random graphs, fates, orders of events and aborts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STEP_PHASES, type StepPhase } from '../../src/model/phase.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import { createKernel, fold } from '../../src/statechart/index.ts';
import { SEED } from '../definition/seed.ts';
import { plannedStep } from '../plan/planned-step.ts';
import { fired, pausedBy, retriedBy, skippedBy } from './bodies.ts';
import { canary, drillPlan, probe } from './drills.ts';
import { outcome, plain } from './run-questions.ts';
import type { Fate } from './scripted-step.ts';
import { drive, type Run, type Script } from './world.ts';

const RUNS = 200;
const STEPS_MAX = 14;
const OPTIONS = { seed: SEED, numRuns: RUNS };
const FATES: readonly Fate[] = [
  'answers',
  'accepts',
  'fails',
  'fails-retryably',
  'refused',
  'done-before',
  'running-before',
  'unknown-before',
  'lost, done',
  'lost, running',
  'lost, not-started',
  'lost, unknown',
  'hangs, done',
  'hangs, running',
  'hangs, not-started',
  'hangs, unknown',
];
const UNDOS = ['works', 'fails', 'fails-retryably'] as const;

const KINDS = { disruption: 'fault', recovery: 'write', verification: 'check', restoration: 'write' } as const;

const stepShape = fc.record({
  phase: fc.constantFrom(...STEP_PHASES),
  needs: fc.array(fc.nat(STEPS_MAX), { maxLength: 3 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  undo: fc.constantFrom('reversible', 'nothing-to-undo', 'failback', 'cannot-be-undone'),
  changesDataRoles: fc.boolean(),
  creates: fc.boolean(),
  // Most steps work, so that most drills come far.
  fates: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant<Fate>('accepts') },
      { weight: 1, arbitrary: fc.constantFrom(...FATES) },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  undos: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant('works' as const) }, fc.constantFrom(...UNDOS)), {
    minLength: 1,
    maxLength: 3,
  }),
});
type StepShape = typeof stepShape extends fc.Arbitrary<infer Shape> ? Shape : never;

const drill = fc
  .record({
    shapes: fc.array(stepShape, { maxLength: STEPS_MAX }),
    required: fc.nat(2),
    probes: fc.nat(2),
    canaries: fc.nat(2),
    order: fc.nat(),
    abortAfter: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 3 }),
    pauses: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 2 }),
    mends: fc.array(
      fc.record({
        after: fc.integer({ min: 4, max: 60 }),
        step: fc.nat(STEPS_MAX),
        attempt: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.constant(2)),
        how: fc.constantFrom(skippedBy, retriedBy),
      }),
      { maxLength: 16 },
    ),
    expires: fc.option(fc.integer({ min: 2, max: 20 }), { nil: undefined, freq: 4 }),
    detected: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    unstable: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.constant(['p0'])),
    unreadable: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.constant(['p0'])),
  })
  .map(({ shapes, required, probes, canaries, order, abortAfter, pauses, mends, expires, ...answers }) => {
    const steps = shapes.map(toStep);
    const script: Script = {
      ...answers,
      ...(abortAfter === undefined ? {} : { abortAfter }),
      said: [
        ...pauses.map((after) => ({ after, body: pausedBy('dana') })),
        ...mends.map(({ after, step, attempt, how }) => ({ after, body: how('dana', `s${step}`, attempt) })),
        ...(expires === undefined ? [] : [{ after: expires, body: fired('approval:person-0') }]),
      ],
      steps: Object.fromEntries(shapes.map(({ fates }, index) => [`s${index}`, fates])),
      undo: Object.fromEntries(shapes.map(({ undos }, index) => [`s${index}`, undos])),
    };
    const plan = drillPlan(steps, {
      approvals: { required, roles: [], expiresMs: 1 },
      probes: Array.from({ length: probes }, (_, index) => probe(`p${index}`)),
      canaries: Array.from({ length: canaries }, (_, index) => canary(`p${index}`)),
    });
    const run = (from?: Run['events'], again: Script['again'] = []) =>
      drive(plan, { ...script, again, pick: picker(order) }, from);
    return { plan, script, run };
  });

/** A step needs only steps of its phase that stand before it. */
function toStep(shape: StepShape, index: number, all: readonly StepShape[]): PlannedStep {
  const { phase, attempts, changesDataRoles } = shape;
  const before = all.flatMap((other, place) => (place < index && other.phase === phase ? [`s${place}`] : []));
  const needs = shape.needs.flatMap((need) => before[need % (before.length + 1)] ?? []);
  return plannedStep(`s${index}`, {
    phase,
    kind: KINDS[phase],
    needs: [...new Set(needs)],
    retry: { attempts, backoffMs: 10, maximumMs: 15 },
    undo: phase === 'disruption' ? 'reversible' : shape.undo,
    changesDataRoles: phase === 'recovery' && changesDataRoles,
    ...(phase === 'recovery' && shape.creates && creation(index)),
  });
}

const creation = (index: number) =>
  ({ undo: 'reversible', changesDataRoles: false, creates: [`/made/s${index}`] }) as const;

function picker(seed: number): (count: number) => number {
  let state = seed >>> 0;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

describe(`random drills (seed ${SEED})`, () => {
  it('always close, with nothing left open and no timer running', () => {
    const outcomes = new Set<string | undefined>();
    fc.assert(
      fc.property(drill, ({ plan, run }) => {
        const ended = run();
        outcomes.add(outcome(ended));
        expect(ended.state.timers.size).toBe(0);
        expect(createKernel(plan).open(ended.state)).toEqual([]);
      }),
      OPTIONS,
    );
    // A random test that only ever sees one ending has tested nothing.
    expect([...outcomes].sort()).toEqual(['aborted', 'failed', 'not-ready', 'passed', 'stuck']);
  });

  it('send a step only after all its needs have succeeded or people skipped them, and each attempt once', () => {
    let mended = 0;
    fc.assert(
      fc.property(drill, ({ plan, run }) => {
        const ended = run();
        const byPeople = ended.events.filter(({ type }) => type === 'step.skipped' || type === 'step.retried').length;
        for (const { step, attempt, needs } of sendings(plan, ended)) {
          for (const { status, skipped } of needs) expect(skipped ? 'succeeded' : status).toBe('succeeded');
          expect(attempt).toBeLessThanOrEqual(step.retry.attempts + byPeople);
          mended += needs.filter(({ skipped }) => skipped).length;
        }
        const sends = sendings(plan, run()).map(({ step, attempt }) => `${step.id} ${attempt}`);
        expect(new Set(sends).size).toBe(sends.length);
      }),
      OPTIONS,
    );
    // Steps that go on over a skipped one must have been seen.
    expect(mended).toBeGreaterThan(0);
  });

  it('leave no fault of theirs standing, unless its end failed', () => {
    fc.assert(
      fc.property(drill, ({ plan, run }) => {
        const { view, events } = run();
        const sent = new Set(events.flatMap((event) => (event.type === 'step.started' ? [event.step] : [])));
        const faults = plan.steps.filter(({ id, phase }) => phase === 'disruption' && sent.has(id));
        for (const status of faults.map(({ id }) => view.status(id)))
          expect(['undone', 'skipped', 'failed', 'pending', 'stuck']).toContain(status);
      }),
      OPTIONS,
    );
  });

  it('take back no recovery step once the data roles changed', () => {
    fc.assert(
      fc.property(drill, ({ plan, run }) => {
        const { view, events } = run();
        const sent = new Set(events.flatMap((event) => (event.type === 'step.started' ? [event.step] : [])));
        const of = (phase: StepPhase) => plan.steps.filter((step) => step.phase === phase);
        const returned = of('recovery').filter(
          ({ id, changesDataRoles, undo }) =>
            (changesDataRoles || undo === 'failback') && view.status(id) === 'succeeded',
        );
        const changed = returned.some(({ id, changesDataRoles }) => changesDataRoles && sent.has(id));
        const isForeign = returned.some(({ id }) => !sent.has(id));
        if (changed || (view.path === 'success' && !isForeign))
          for (const { id, creates } of of('recovery'))
            if (creates === undefined) expect(view.status(id)).not.toBe('undone');
      }),
      OPTIONS,
    );
  });

  it('leave nothing that they created, unless its removal failed or something may rely on it', () => {
    const seen = { removed: 0, kept: 0 };
    fc.assert(
      fc.property(drill, ({ plan, run }) => {
        const { view, events } = run();
        const sent = new Set(events.flatMap((event) => (event.type === 'step.started' ? [event.step] : [])));
        const recovery = plan.steps.filter(({ phase }) => phase === 'recovery');
        const relies = recovery.some(
          ({ id, creates }) =>
            view.status(id) === 'stuck' || (creates === undefined && view.status(id) === 'succeeded'),
        );
        for (const { id, creates } of recovery) {
          if (creates === undefined || (!sent.has(id) && view.status(id) !== 'undone')) continue;
          expect(sent.has(id)).toBe(true);
          if (view.status(id) === 'undone') seen.removed += 1;
          else expect([id, relies]).toEqual([id, true]);
          if (relies) seen.kept += 1;
        }
      }),
      OPTIONS,
    );
    expect(Math.min(seen.removed, seen.kept)).toBeGreaterThan(0);
  });

  it('that are taken up again in a world that works are stuck no longer, with nothing sent twice', () => {
    const seen = { stuck: 0 };
    fc.assert(
      fc.property(drill, ({ plan, script, run }) => {
        const first = run();
        if (outcome(first) !== 'stuck') return;
        seen.stuck += 1;
        const { said: _, ...same } = script;
        const ended = run(undefined, [
          { reopened: 'restoration', script: same },
          { reopened: 'restoration', script: {} },
        ]);
        expect({ stuck: ended.view.stuck, outcome: outcome(ended) === 'stuck' }).toEqual({ stuck: [], outcome: false });
        expect(ended.state.timers.size).toBe(0);
        const asked = ended.events.flatMap((event) =>
          event.type === 'step.started' || event.type === 'undo.started'
            ? [`${event.type} ${event.step} ${event.attempt}`]
            : [],
        );
        expect(new Set(asked).size).toBe(asked.length);
        const before = new Set(first.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : [])));
        const isBack = new Set(plan.steps.flatMap(({ id, phase }) => (phase === 'restoration' ? [id] : [])));
        for (const event of ended.events.slice(first.events.length))
          if (event.type === 'step.started') expect([event.step, isBack.has(event.step)]).toEqual([event.step, true]);
        for (const event of ended.events)
          if (event.type === 'undo.started') expect([event.step, before.has(event.step)]).toEqual([event.step, true]);
      }),
      OPTIONS,
    );
    expect(seen.stuck).toBeGreaterThan(0);
  });

  it('replay to the same state and go on to an end, wherever they are cut', () => {
    fc.assert(
      fc.property(drill, fc.nat(), ({ plan, run }, place) => {
        const { events, state } = run();
        const kernel = createKernel(plan);
        expect(plain(fold(kernel, events))).toEqual(plain(state));
        const resumed = run(events.slice(0, 1 + (place % (events.length - 1))));
        expect(resumed.view.closed).toBe(true);
        expect(resumed.state.timers.size).toBe(0);
      }),
      OPTIONS,
    );
  });
});

/** Every `send`, with how the step's needs stood then. */
function sendings(plan: Plan, { events }: Run) {
  const kernel = createKernel(plan);
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  let { state } = kernel.initial();
  const skips = new Set<string>();
  return events.flatMap((event) => {
    const { effects, changed, adopt } = kernel.decide(state, event);
    if (event.type === 'step.skipped' && changed) skips.add(event.step);
    state = adopt(state);
    const view = kernel.view(state);
    return effects.flatMap((effect) => {
      const step = effect.type === 'send' ? byId.get(effect.step) : undefined;
      if (step === undefined || effect.type !== 'send') return [];
      const needs = step.needs.map((need) => {
        const status = view.status(need);
        return { status, skipped: status === 'skipped' && skips.has(need) };
      });
      return [{ step, attempt: effect.attempt, needs }];
    });
  });
}
