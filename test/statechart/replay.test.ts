import { describe, expect, it } from 'vitest';
import { createKernel, fold } from '../../src/statechart/index.ts';
import { approval, fired, pausedBy, retriedBy, skippedBy } from './bodies.ts';
import { DRILLS, failover, reconfigure } from './drills.ts';
import { outcome, plain, statuses } from './run-questions.ts';
import { drive, type Script } from './world.ts';

const SCRIPTS: readonly { readonly name: string; readonly script: Script }[] = [
  { name: 'everything works', script: {} },
  {
    name: 'answers are lost and a step hangs',
    script: {
      steps: { promote: ['lost, done'], 'route-a': ['lost, running'], 'route-b': ['hangs, not-started', 'accepts'] },
    },
  },
  { name: 'recovery fails', script: { steps: { steer: ['fails-retryably'], flush: ['fails'], restore: ['refused'] } } },
  {
    name: 'a step is stuck',
    script: { steps: { steer: ['hangs, running'], flush: ['unknown-before'], restore: ['lost, unknown'] } },
  },
  {
    name: 'checks fail',
    script: { steps: { orders: ['fails-retryably'], healthy: ['hangs, running'], rows: ['fails'] } },
  },
  { name: 'nobody detects it', script: { detected: false } },
  {
    name: 'it never becomes stable and is not read back',
    script: { unstable: ['shop', 'b'], unreadable: ['shop', 'rows'] },
  },
  { name: 'an abort comes in the middle', script: { abortAfter: 8 } },
  { name: 'undo fails', script: { undo: { 'lose-region': ['fails'], 'slow-link': ['fails-retryably', 'works'] } } },
  { name: 'people pause it early', script: { said: [{ after: 5, body: pausedBy('dana') }] } },
  {
    name: 'people pause it again and again',
    script: {
      said: [8, 12, 15, 19, 24].map((after) => ({ after, body: pausedBy('dana') })),
      steps: { steer: ['fails'], orders: ['fails-retryably', 'accepts'], 'route-b': ['fails-retryably', 'accepts'] },
    },
  },
  {
    name: 'an abort overrules a pause',
    script: { said: [{ after: 7, body: pausedBy('dana') }], abortAfter: 9 },
  },
  {
    name: 'an approval expires while the other is missing',
    script: {
      said: [
        { after: 3, body: fired('approval:person-0') },
        { after: 6, body: approval('person-0') },
      ],
    },
  },
  {
    name: 'an approval expires before anything is sent',
    script: { said: [{ after: 5, body: fired('approval:person-1') }] },
  },
  {
    name: 'people skip and retry what failed in a pause',
    script: {
      steps: { promote: ['fails', 'accepts'], 'scale-up': ['fails', 'accepts'], steer: ['fails'], orders: ['fails'] },
      said: [
        { after: 10, body: pausedBy('dana') },
        { after: 16, body: retriedBy('dana', 'promote') },
        { after: 14, body: retriedBy('dana', 'scale-up') },
        { after: 20, body: skippedBy('dana', 'steer') },
        { after: 3, body: skippedBy('dana', 'warm') },
        { after: 4, body: skippedBy('dana', 'cut-link') },
      ],
    },
  },
  {
    name: 'it is stuck and restored later',
    script: {
      steps: { flush: ['unknown-before'], restore: ['lost, unknown'], 'steer-back': ['fails'] },
      undo: { 'lose-region': ['fails'], 'slow-link': ['fails'], 'route-b': ['fails-retryably'] },
      leftOvers: ['rows'],
      again: [
        {
          reopened: 'restoration',
          script: {
            steps: { restore: ['lost, running'], flush: ['lost, not-started'] },
            undo: { 'route-b': ['fails'] },
          },
        },
        { reopened: 'restoration' },
        { reopened: 'evaluation' },
      ],
    },
  },
  {
    name: 'it is judged again, stuck or not',
    script: { steps: { steer: ['hangs, running'] }, again: [{ reopened: 'evaluation', script: { proved: false } }] },
  },
  { name: 'preflight refuses', script: { ready: false } },
  { name: 'the baseline does not hold', script: { held: false } },
];
const CASES = DRILLS.flatMap(({ name, plan }) =>
  SCRIPTS.map(({ name: when, script }) => ({ name, plan, when, script })),
);

describe('a run cut after any event', () => {
  it.each(CASES)('replays to the same state: $name, $when', ({ plan, script }) => {
    const { events } = drive(plan, script);
    const kernel = createKernel(plan);
    let { state } = kernel.initial();
    for (const [index, event] of events.entries()) {
      state = kernel.decide(state, event).adopt(state);
      const replayed = fold(kernel, events.slice(0, index + 1));
      expect(plain(replayed)).toEqual(plain(state));
      expect(kernel.open(replayed)).toEqual(kernel.open(state));
    }
  });

  // What people say at a place of the record says something else when a cut has moved the record.
  it.each(CASES.filter(({ when }) => !when.startsWith('people skip')))(
    'goes on to the same end: $name, $when',
    ({ plan, script }) => {
      const whole = drive(plan, script);
      for (let cut = 1; cut < whole.events.length; cut += 1) {
        const resumed = drive(plan, script, whole.events.slice(0, cut));
        expect({ cut, outcome: outcome(resumed) }).toEqual({ cut, outcome: outcome(whole) });
        expect({ cut, path: resumed.view.path }).toEqual({ cut, path: whole.view.path });
      }
    },
  );

  it('leaves the steps as they would have been', () => {
    for (const plan of [failover, reconfigure]) {
      const whole = drive(plan);
      for (let cut = 1; cut < whole.events.length; cut += 1)
        expect(statuses(plan, drive(plan, {}, whole.events.slice(0, cut)))).toEqual(statuses(plan, whole));
    }
  });

  it('asks for a timer again with its first deadline', () => {
    const whole = drive(reconfigure, { detected: false });
    const timer = whole.effects.find(({ effect }) => effect.type === 'timer' && effect.timer === 'detection');
    const kernel = createKernel(reconfigure);
    const open = kernel.open(fold(kernel, whole.events.slice(0, timer?.seq)));
    expect(open).toContainEqual(timer?.effect);
    expect(open).toContainEqual({ type: 'await-declaration' });
    expect(open).toContainEqual({ type: 'observe' });
  });

  it('asks for nothing before it was opened and nothing after it was closed', () => {
    const kernel = createKernel(failover);
    expect(kernel.open(kernel.initial().state)).toEqual([]);
    expect(kernel.open(fold(kernel, drive(failover).events))).toEqual([]);
  });
});

describe('an event that comes twice', () => {
  it.each(CASES)('changes nothing the second time: $name, $when', ({ plan, script }) => {
    const { events } = drive(plan, script);
    const kernel = createKernel(plan);
    let { state } = kernel.initial();
    for (const event of events) {
      state = kernel.decide(state, event).adopt(state);
      const before = plain(state);
      const again = { ...event, at: event.at + 1 };
      let decision: ReturnType<typeof kernel.decide> | undefined;
      try {
        decision = kernel.decide(state, again);
      } catch (error) {
        expect(error).toMatchObject({ code: 'impossible-event' });
      }
      expect({ event, changed: decision?.changed ?? false, effects: decision?.effects ?? [] }).toEqual({
        event,
        changed: false,
        effects: [],
      });
      state = decision?.adopt(state) ?? state;
      expect(plain(state)).toEqual(before);
    }
  });

  it('changes nothing however late it comes', () => {
    for (const script of [{}, { steps: { promote: ['hangs, not-started', 'accepts'] } } as const]) {
      const { events } = drive(failover, script);
      const kernel = createKernel(failover);
      for (let from = 1; from < events.length - 1; from += 1) {
        let state = fold(kernel, events.slice(0, from + 1));
        const before = plain(state);
        for (const old of events.slice(1, from + 1)) {
          const decision = kernel.decide(state, { ...old, seq: from + 2, at: from + 2 });
          expect({ old, from, changed: decision.changed }).toEqual({ old, from, changed: false });
          state = decision.adopt(state);
        }
        expect(plain(state)).toEqual(before);
      }
    }
  });
});

describe('a decision that is not adopted', () => {
  it('leaves the state as it was', () => {
    const kernel = createKernel(failover);
    let { state } = kernel.initial();
    for (const event of drive(failover, { steps: { warm: ['fails'] } }).events) {
      const before = plain(state);
      const decision = kernel.decide(state, event);
      expect(plain(state)).toEqual(before);
      state = decision.adopt(state);
    }
  });
});
