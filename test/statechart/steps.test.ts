import { beforeEach, describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { accepted, failed, fired, held, inspected, interrupted, opened, ready, started, succeeded } from './bodies.ts';
import { check, drillPlan, recovery } from './drills.ts';
import { asked, machineOf, outcome, sent, statuses } from './run-questions.ts';
import { drive } from './world.ts';

const RETRY = { attempts: 4, backoffMs: 1_000, maximumMs: 3_000 };
const TIMEOUT_MS = 5_000;
const one = drillPlan([recovery('one', [], { retry: RETRY, timeoutMs: TIMEOUT_MS })]);

let machine: ReturnType<typeof machineOf>;
const upTo = (...events: Parameters<typeof machine.tell>[0][]) => {
  for (const event of events) machine.tell(event);
};

beforeEach(() => {
  machine = machineOf(one);
  upTo(opened, ready, held);
});

describe('a step that fails and may be tried again', () => {
  it('waits twice as long each time, up to the maximum, counted from its failure', () => {
    const deadlines: number[] = [];
    for (let attempt = 1; attempt < RETRY.attempts; attempt += 1) {
      machine.tell(started('one', attempt));
      const { effects } = machine.tell(failed('one', attempt, true), attempt * 100_000);
      deadlines.push(...effects.flatMap((effect) => (effect.type === 'timer' ? [effect.deadline] : [])));
      machine.tell(fired(`retry:one:${attempt}`));
    }
    expect(deadlines).toEqual([101_000, 202_000, 303_000]);
  });

  it('waits as long as the service asked, where that is longer', () => {
    const waits = [250, 60_000].map((retryAfterMs) => {
      const fresh = machineOf(one);
      for (const event of [opened, ready, held, started('one')]) fresh.tell(event);
      const { effects } = fresh.tell({ ...failed('one', 1, true), retryAfterMs } as EventBody, 100_000);
      return effects.flatMap((effect) => (effect.type === 'timer' ? [effect.deadline - 100_000] : []));
    });
    expect(waits).toEqual([[1000], [60_000]]);
  });

  it('is sent again under the next attempt when the wait is over', () => {
    upTo(started('one'), failed('one', 1, true));
    expect(machine.view().status('one')).toBe('waiting');
    expect(machine.tell(fired('retry:one:1')).effects).toContainEqual({ type: 'send', step: 'one', attempt: 2 });
    expect(machine.view().attempt('one')).toBe(2);
  });

  it('has failed when the attempts are used up', () => {
    const run = drive(one, { steps: { one: ['fails-retryably'] } });
    expect(sent(run)).toEqual(['one 1', 'one 2', 'one 3', 'one 4']);
    expect(run.view.status('one')).toBe('failed');
    expect(outcome(run)).toBe('failed');
  });

  it('is not sent again after an error that is final', () => {
    expect(sent(drive(one, { steps: { one: ['fails'] } }))).toEqual(['one 1']);
  });

  it('can fail before it is sent at all', () => {
    const run = drive(one, { steps: { one: ['refused'] } });
    expect(run.view.status('one')).toBe('failed');
    expect(asked(run, 'timer')).toEqual([]);
  });

  it('takes its time-out back with the attempt', () => {
    upTo(started('one'));
    expect(machine.tell(failed('one', 1, true)).effects).toContainEqual({
      type: 'cancel-timer',
      timer: 'timeout:one:1',
    });
    expect(machine.tell(fired('timeout:one:1')).changed).toBe(false);
  });
});

describe('a step that is looked at before it is sent', () => {
  it.each([
    ['done-before', 'succeeded'],
    ['running-before', 'succeeded'],
    ['unknown-before', 'stuck'],
  ] as const)('found %s ends as %s without being started', (fate, status) => {
    const run = drive(one, { steps: { one: [fate] } });
    expect(run.view.status('one')).toBe(status);
    expect(run.events.some(({ type }) => type === 'step.started')).toBe(false);
  });

  it('is observed with a time-out when it runs already', () => {
    expect(machine.tell(inspected('one', 'running'), 1_000).effects).toEqual([
      { type: 'timer', timer: 'timeout:one:1', deadline: 1_000 + TIMEOUT_MS },
      { type: 'observe-step', step: 'one', attempt: 1 },
    ]);
  });
});

describe('a step whose answer was lost', () => {
  beforeEach(() => upTo(started('one'), accepted('one')));

  it('is inspected', () => {
    expect(machine.tell(interrupted('one')).effects).toEqual([{ type: 'inspect', step: 'one', attempt: 1 }]);
  });

  it.each([
    ['done', 'succeeded'],
    ['running', 'observing'],
    ['not-started', 'ready'],
    ['unknown', 'stuck'],
  ] as const)('found %s is %s', (finding, status) => {
    upTo(interrupted('one'), inspected('one', finding));
    expect(machine.view().status('one')).toBe(status);
  });

  it('has failed when it was not started and no attempt is left', () => {
    const run = drive(drillPlan([recovery('one')]), { steps: { one: ['lost, not-started'] } });
    expect(run.view.status('one')).toBe('failed');
  });

  it('keeps its first time-out while it is observed again', () => {
    machine.tell(interrupted('one'));
    const { effects } = machine.tell(inspected('one', 'running'));
    expect(effects).toEqual([{ type: 'observe-step', step: 'one', attempt: 1 }]);
    expect(machine.open()).toContainEqual(expect.objectContaining({ timer: 'timeout:one:1' }));
  });
});

describe('a step that times out', () => {
  it('runs against the time at which it was sent', () => {
    expect(machine.tell(started('one'), 7_000).effects).toEqual([
      { type: 'timer', timer: 'timeout:one:1', deadline: 7_000 + TIMEOUT_MS },
    ]);
  });

  it('is broken off and inspected', () => {
    upTo(started('one'), accepted('one'));
    expect(machine.tell(fired('timeout:one:1')).effects).toEqual([
      { type: 'cancel-timer', timer: 'timeout:one:1' },
      { type: 'cancel', step: 'one' },
      { type: 'inspect', step: 'one', attempt: 1 },
    ]);
  });

  it.each([
    ['done', 'succeeded'],
    ['running', 'stuck'],
    ['not-started', 'ready'],
    ['unknown', 'stuck'],
  ] as const)('found %s is %s', (finding, status) => {
    upTo(started('one'), fired('timeout:one:1'), inspected('one', finding));
    expect(machine.view().status('one')).toBe(status);
  });

  it('is not waited for any longer when it times out during an inspection', () => {
    upTo(started('one'), interrupted('one'), fired('timeout:one:1'), inspected('one', 'running'));
    expect(machine.view().status('one')).toBe('stuck');
  });

  it('gets a whole time-out for the next attempt', () => {
    upTo(started('one'), fired('timeout:one:1'), inspected('one', 'not-started'));
    expect(machine.tell(started('one', 2), 50_000).effects).toContainEqual({
      type: 'timer',
      timer: 'timeout:one:2',
      deadline: 55_000,
    });
    upTo(interrupted('one', 2), inspected('one', 'running', 2));
    expect(machine.view().status('one')).toBe('observing');
  });

  it('has failed without an inspection when it is a check', () => {
    const run = drive(drillPlan([check('look')]), { steps: { look: ['hangs, running'] } });
    expect(run.view.status('look')).toBe('failed');
    expect(asked(run, 'inspect')).toEqual([]);
    expect(asked(run, 'cancel')).toEqual([{ type: 'cancel', step: 'look' }]);
  });
});

describe('an event of an attempt that was left', () => {
  it.each([
    started('one'),
    accepted('one'),
    succeeded('one'),
    failed('one', 1, true),
    failed('one'),
    interrupted('one'),
    inspected('one', 'done'),
    inspected('one', 'unknown'),
    fired('timeout:one:1'),
    fired('retry:one:1'),
  ])('changes nothing: $type', (late) => {
    upTo(started('one'), failed('one', 1, true), fired('retry:one:1'));
    for (const current of [started('one', 2), accepted('one', 2), succeeded('one', 2)]) {
      const before = machine.plain();
      expect(machine.tell(late)).toEqual({ effects: [], changed: false });
      expect(machine.plain()).toEqual(before);
      machine.tell(current);
    }
  });
});

describe('steps that need each other', () => {
  const diamond = drillPlan([
    recovery('a'),
    recovery('b', ['a']),
    recovery('c', ['a']),
    recovery('d', ['b', 'c']),
    recovery('e'),
  ]);

  it('are sent when the last of their needs has succeeded', () => {
    const run = drive(diamond);
    expect(sent(run)).toEqual(['a 1', 'e 1', 'b 1', 'c 1', 'd 1']);
  });

  it('are skipped when one of their needs fails, while what was started settles', () => {
    const run = drive(diamond, { steps: { b: ['fails'] } });
    expect(statuses(diamond, run)).toMatchObject({ a: 'undone', b: 'failed', c: 'undone', d: 'skipped' });
  });

  it('are not started any more once one has failed', () => {
    const run = drive(diamond, { steps: { a: ['refused'] } });
    expect(statuses(diamond, run)).toEqual({ a: 'failed', b: 'skipped', c: 'skipped', d: 'skipped', e: 'skipped' });
    expect(takenIn(run)).toEqual(['step.failed:a']);
    expect(asked(run, 'cancel')).toEqual([{ type: 'cancel', step: 'e' }]);
  });

  it('are not started on an intent that comes after a failure', () => {
    const other = machineOf(diamond);
    for (const event of [opened, ready, held, started('a'), failed('a')]) other.tell(event);
    expect(other.tell(started('e')).changed).toBe(false);
    expect(other.view().status('e')).toBe('skipped');
  });

  it('do not wait for a retry once another one has failed', () => {
    const plan = drillPlan([recovery('a', [], { retry: RETRY }), recovery('b')]);
    const run = drive(plan, { steps: { a: ['fails-retryably'], b: ['fails'] } });
    expect(run.view.status('a')).toBe('skipped');
    expect(sent(run)).toEqual(['a 1', 'b 1']);
  });

  it('that are checks go on after a failure, except those that need the failed one', () => {
    const plan = drillPlan([check('a'), check('b', ['a']), check('c', ['b']), check('d'), check('e', ['d'])]);
    const run = drive(plan, { steps: { a: ['fails'] } });
    expect(statuses(plan, run)).toEqual({ a: 'failed', b: 'skipped', c: 'skipped', d: 'succeeded', e: 'succeeded' });
    expect(outcome(run)).toBe('failed');
  });

  it('are skipped along a chain of 20,000 without deep recursion', () => {
    const steps = Array.from({ length: 20_000 }, (_, index) =>
      recovery(`s${index}`, index === 0 ? [] : [`s${index - 1}`]),
    );
    const run = drive(drillPlan(steps), { steps: { s0: ['fails'] } });
    expect(run.view.status('s19999')).toBe('skipped');
  });
});

const takenIn = ({ events }: ReturnType<typeof drive>) =>
  events.flatMap((event) => ('step' in event ? [`${event.type}:${event.step}`] : []));

describe('a step whose process ended between the intent and the request', () => {
  it('is sent once more when the world says that nothing was started, although it has one attempt only', () => {
    const single = machineOf(drillPlan([recovery('one')]));
    for (const event of [opened, ready, held, started('one')]) single.tell(event);
    expect(single.tell(inspected('one', 'not-started')).effects).toContainEqual({
      type: 'send',
      step: 'one',
      attempt: 2,
    });
    expect(single.view().status('one')).toBe('ready');
    single.tell(started('one', 2));
    single.tell(failed('one', 2, true));
    expect(single.view().status('one')).toBe('failed');
  });
});
