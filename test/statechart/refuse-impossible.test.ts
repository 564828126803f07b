import { describe, expect, it } from 'vitest';
import { createKernel, fold } from '../../src/statechart/index.ts';
import type { DrillEvent, EventBody } from '../../src/statechart/kernel.ts';
import {
  abort,
  accepted,
  failed,
  fired,
  held,
  inspected,
  interrupted,
  opened,
  ready,
  started,
  succeeded,
  undoFailed,
  undone,
} from './bodies.ts';
import { drillPlan, failover, fault, recovery } from './drills.ts';
import { machineOf, plain } from './run-questions.ts';
import { drive } from './world.ts';

const plan = drillPlan([
  recovery('first', [], { retry: { attempts: 2, backoffMs: 10, maximumMs: 10 } }),
  recovery('second', ['first']),
]);

function machineAfter(...bodies: readonly EventBody[]) {
  const machine = machineOf(plan);
  for (const body of [opened, ready, held, ...bodies]) machine.tell(body);
  return machine;
}

const refusal = (message: RegExp) =>
  expect.objectContaining({
    name: 'StatechartError',
    code: 'impossible-event',
    message: expect.stringMatching(message),
  });

describe('an answer to a question that was never asked', () => {
  it.each([
    ['of a step that waits for its needs', [], succeeded('second'), /step second, which was never sent/],
    ['of a step that waits, about its intent', [], started('second'), /step second, which was never sent/],
    ['of an attempt that is still to come', [started('first')], succeeded('first', 2), /attempt 2 .* at most 1/],
    ['of an inspection still to come', [started('first')], inspected('first', 'done', 3), /attempt 3 .* at most 1/],
    ['of a request without an intent', [], succeeded('first'), /no step.started is on record/],
    ['of an acceptance without an intent', [], accepted('first'), /no step.started is on record/],
    ['of a lost answer without an intent', [], interrupted('first'), /no step.started is on record/],
    [
      'of a second request without its own intent',
      [started('first'), failed('first', 1, true), fired('retry:first:1')],
      succeeded('first', 2),
      /attempt 2 of step first, of which no step.started is on record/,
    ],
    ['of a step that nobody takes back', [started('first')], undone('first'), /nobody takes back: it is starting/],
    ['of a step that was never sent, taken back', [], undoFailed('second'), /nobody takes back: it is pending/],
  ] as const)('is refused and changes nothing: %s', (_, bodies, event, message) => {
    const machine = machineAfter(...bodies);
    const before = machine.plain();
    const open = machine.open();
    expect(() => machine.tell(event)).toThrow(refusal(message));
    expect(machine.plain()).toEqual(before);
    expect(machine.open()).toEqual(open);
  });

  it('is refused for the next undo before the present one has failed', () => {
    const machine = machineAfter(started('first'), succeeded('first'), abort);
    expect(machine.view().status('first')).toBe('undoing');
    expect(() => machine.tell(undone('first', 2))).toThrow(refusal(/attempt 2 of step first, expected at most 1/));
    expect(machine.tell(undone('first', 1)).changed).toBe(true);
  });
});

describe('an answer to a question that was left', () => {
  it('is kept and changes nothing when the next attempt stands in the queue', () => {
    const machine = machineAfter(started('first'), failed('first', 1, true), fired('retry:first:1'));
    for (const late of [started('first'), accepted('first'), succeeded('first'), interrupted('first')])
      expect(machine.tell(late).changed).toBe(false);
    expect(machine.view().status('first')).toBe('ready');
  });

  it('is kept and changes nothing when the step was skipped before its intent', () => {
    const machine = machineAfter(abort);
    expect(machine.view().status('first')).toBe('skipped');
    expect(machine.tell(started('first')).changed).toBe(false);
  });

  it('is kept and changes nothing when the step is undone already', () => {
    const taken = machineOf(drillPlan([fault('cut')]));
    for (const body of [opened, ready, held, started('cut'), succeeded('cut'), abort, undone('cut')]) taken.tell(body);
    expect(taken.view().status('cut')).toBe('undone');
    expect(taken.tell(undone('cut')).changed).toBe(false);
  });
});

describe('a run that is closed otherwise than it was judged', () => {
  it('is refused, and can still be closed as it was judged', () => {
    const { events } = drive(failover);
    const last = events.at(-1);
    if (last?.type !== 'run.closed') throw new Error(`expected run.closed, found ${last?.type}`);
    const kernel = createKernel(failover);
    const state = fold(kernel, events.slice(0, -1));
    const before = plain(state);
    const forged: DrillEvent = { ...last, outcome: 'failed' };
    expect(() => kernel.decide(state, forged)).toThrow(refusal(/expected passed, found failed/));
    expect(plain(state)).toEqual(before);
    expect(kernel.view(kernel.decide(state, last).adopt(state)).closed).toBe(true);
  });
});

describe('a record out of which one event was taken', () => {
  it('is refused when it lacks the intent of a step that was sent', () => {
    const { events } = drive(failover);
    const intents = events.filter(({ type }) => type === 'step.started');
    expect(intents.length).toBe(failover.steps.length);
    for (const intent of intents) {
      const forged = events.filter((event) => event !== intent);
      expect(() => fold(createKernel(failover), forged)).toThrow(refusal(/no step.started is on record/));
    }
  });
});
