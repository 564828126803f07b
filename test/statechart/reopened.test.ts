// A closed run is taken up again: what is left is restored, and what people said since is judged.
import { describe, expect, it } from 'vitest';
import {
  abort,
  acceptedBy,
  attestedBy,
  held,
  inspected,
  opened,
  ready,
  reopened,
  started,
  succeeded,
} from './bodies.ts';
import { check, DRILLS, drillPlan, failback, failover, fault, reconfigure, recovery, TWICE } from './drills.ts';
import { asked, machineOf, outcome, sent, statuses, takenBack } from './run-questions.ts';
import { drive, type Script } from './world.ts';

const later = (script: Script, ...again: readonly Script[]): Script => ({
  ...script,
  again: again.map((each) => ({ reopened: 'restoration', script: each })),
});

/** What was asked for after the run was taken up again. */
function afterwards(run: ReturnType<typeof drive>) {
  const at = run.events.findLastIndex(({ type }) => type === 'run.reopened');
  return { ...run, effects: run.effects.filter(({ seq }) => seq > at) };
}

describe('a stuck run that is taken up again', () => {
  it.each(DRILLS)('is restored, whichever undo had failed, with that undo alone: $name', ({ plan }) => {
    for (const { id, phase } of plan.steps.filter(({ undo }) => undo === 'reversible')) {
      const steps: Script['steps'] = phase === 'recovery' ? { flush: ['fails'] } : {};
      const first = drive(plan, { steps, undo: { [id]: ['fails'] } });
      if (outcome(first) !== 'stuck') continue;
      const run = afterwards(drive(plan, later({ steps, undo: { [id]: ['fails'] } }, {})));
      expect({ id, outcome: outcome(run), stuck: run.view.stuck }).toMatchObject({ id, stuck: [] });
      expect(outcome(run)).not.toBe('stuck');
      expect(takenBack(run)[0]).toBe(id);
      const before = takenBack(first).filter((step) => step !== id);
      expect(takenBack(run).filter((step) => before.includes(step))).toEqual([]);
      expect(asked(run, 'clean')).toHaveLength(1);
      expect(asked(run, 'prove')).toHaveLength(1);
      expect(asked(run, 'evaluate')).toHaveLength(1);
    }
  });

  it('numbers its undo attempts on, and has as many again', () => {
    const run = drive(
      failover,
      later({ undo: { 'cut-link': ['fails-retryably'] } }, { undo: { 'cut-link': ['fails-retryably'] } }),
    );
    const attempts = asked(run, 'undo').flatMap(({ step, attempt }) => (step === 'cut-link' ? [attempt] : []));
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
    expect(outcome(run)).toBe('stuck');
    const third = drive(failover, later({ undo: { 'cut-link': ['fails'] } }, { undo: { 'cut-link': ['fails'] } }, {}));
    expect(asked(third, 'undo').flatMap(({ step, attempt }) => (step === 'cut-link' ? [attempt] : []))).toEqual([
      1, 2, 3,
    ]);
    expect(outcome(third)).toBe('passed');
  });

  it('goes back by the steps that were skipped because the disruption stood', () => {
    const run = afterwards(drive(failover, later({ undo: { 'cut-link': ['fails'] } }, {})));
    expect(takenBack(run)).toEqual(['cut-link']);
    expect(sent(run)).toEqual(['reseed 1', 'steer-back 1']);
    expect(outcome(run)).toBe('passed');
  });

  it('sends a restoration step that failed again, with its attempts anew, and those that waited for it', () => {
    const plan = drillPlan([
      recovery('a', [], { undo: 'failback' }),
      failback('one'),
      failback('two', ['one'], { retry: TWICE }),
      failback('three', ['two']),
    ]);
    const script: Script = { steps: { two: ['fails-retryably'] } };
    const run = afterwards(
      drive(
        plan,
        later(
          { ...script, proved: false },
          { steps: { two: ['fails-retryably', 'fails-retryably', 'fails-retryably', 'accepts'] } },
        ),
      ),
    );
    expect(sent(run)).toEqual(['two 3', 'two 4', 'three 1']);
    expect(statuses(plan, run)).toEqual({ a: 'succeeded', one: 'succeeded', two: 'succeeded', three: 'succeeded' });
  });

  it.each([
    ['done', 'succeeded', ['back']],
    ['running', 'succeeded', ['back']],
    ['not-started', 'failed', []],
    ['unknown', 'stuck', []],
  ] as const)('looks first at what nobody could tell of, and never sends that again: %s', (found, status, back) => {
    const plan = drillPlan([recovery('move', [], { undo: 'failback', retry: TWICE }), failback('back')]);
    const run = afterwards(
      drive(plan, later({ steps: { move: ['lost, unknown'] } }, { steps: { move: [`lost, ${found}`] } })),
    );
    expect(run.view.status('move')).toBe(status);
    expect(asked(run, 'inspect')).toEqual([{ type: 'inspect', step: 'move', attempt: 1 }]);
    expect(sent(run)).toEqual(back.map((id) => `${id} 1`));
  });

  it('waits no longer than its time-out for what is found running', () => {
    const plan = drillPlan([recovery('move')]);
    const script: Script = { steps: { move: ['hangs, running'] } };
    const run = afterwards(drive(plan, later(script, script)));
    expect(asked(run, 'timer').map(({ timer }) => timer)).toEqual(['timeout:move:1']);
    expect(run.view.stuck).toEqual(['move']);
    expect(drive(plan, later(script, { steps: { move: ['lost, done'] } })).view.status('move')).toBe('undone');
  });

  it('sends a restoration step again once a look has found that nothing of it began', () => {
    const plan = drillPlan([recovery('a', [], { undo: 'failback' }), failback('back')]);
    const run = afterwards(
      drive(plan, later({ steps: { back: ['lost, unknown'] } }, { steps: { back: ['lost, not-started', 'accepts'] } })),
    );
    expect(sent(run)).toEqual(['back 2']);
    expect(run.view.status('back')).toBe('succeeded');
  });

  it('removes what was created and could not be removed, and what stood behind it', () => {
    const plan = drillPlan([
      recovery('make', [], { creates: ['/one'] }),
      recovery('make-more', ['make'], { creates: ['/two'] }),
      failback('back'),
    ]);
    const run = drive(plan, later({ undo: { 'make-more': ['fails'] } }, {}));
    expect(statuses(plan, run)).toEqual({ make: 'undone', 'make-more': 'undone', back: 'succeeded' });
    expect(asked(run, 'undo').filter(({ step }) => step === 'make-more')).toHaveLength(2);
  });

  it('only cleans and proves again when nothing was ever disrupted', () => {
    const run = afterwards(drive(failover, later({ held: false, leftOvers: ['rows'] }, {})));
    expect(run.effects.map(({ effect }) => effect.type)).toEqual([
      'observe',
      'clean',
      'prove',
      'observe-end',
      'evaluate',
      'close',
    ]);
    expect(outcome(run)).toBe('not-ready');
  });

  it('stays what it is when the world is as it was', () => {
    for (const { plan } of DRILLS) {
      const script: Script = {
        steps: { flush: ['lost, unknown'] },
        undo: { 'lose-region': ['fails'], 'slow-link': ['fails'] },
      };
      const first = drive(plan, script);
      if (outcome(first) !== 'stuck') continue;
      const again = drive(plan, later(script, script, script));
      expect(statuses(plan, again)).toEqual(statuses(plan, first));
      expect(outcome(again)).toBe('stuck');
    }
  });

  it('goes its way once more after an abort, and is aborted for that still', () => {
    const run = drive(reconfigure, later({ abortAfter: 12, undo: { 'slow-link': ['fails'] } }, {}));
    expect(outcome(run)).toBe('aborted');
    expect(run.view.aborted).toBe(true);
  });
});

describe('a run that is judged again', () => {
  it('asks for its evaluation alone', () => {
    const run = afterwards(drive(failover, { again: [{ reopened: 'evaluation' }] }));
    expect(run.effects.map(({ effect }) => effect.type)).toEqual(['observe-end', 'evaluate', 'close']);
    expect(outcome(run)).toBe('passed');
  });

  it('hears people until the new judgement stands', () => {
    const machine = machineOf(drillPlan([recovery('a')]));
    for (const body of [opened, ready, held, started('a')]) machine.tell(body);
    expect(machine.tell(acceptedBy('dana', '/one'))).toEqual({ effects: [], changed: false });
    machine.tell(succeeded('a'));
    machine.tell({ type: 'restoration.cleaned', removed: [], leftOvers: [] });
    machine.tell({ type: 'restoration.proved', proved: true, differences: [], leftOvers: [] });
    expect(() => machine.tell(attestedBy('dana'))).toThrow(/being judged already/);
    machine.tell({ type: 'evaluation.finished', outcome: 'passed', reasons: [] });
    machine.tell({ type: 'run.closed', outcome: 'passed' });
    expect(() => machine.tell(attestedBy('dana'))).toThrow(/came after run.closed/);
    machine.tell(reopened('evaluation'));
    expect(machine.tell(attestedBy('dana'))).toEqual({ effects: [], changed: false });
    expect(machine.open()).toEqual([{ type: 'observe-end' }, { type: 'evaluate' }]);
    machine.tell({ type: 'evaluation.finished', outcome: 'failed', reasons: [] });
    expect(() => machine.tell(acceptedBy('dana', '/one'))).toThrow(/being judged already/);
    expect(() => machine.tell({ type: 'run.closed', outcome: 'passed' })).toThrow(/expected failed, found passed/);
  });
});

describe('a run that cannot be taken up again', () => {
  const isImpossible = (message: RegExp) =>
    expect.objectContaining({ code: 'impossible-event', message: expect.stringMatching(message) });

  it('is one that is not closed', () => {
    const machine = machineOf(failover);
    expect(() => machine.tell(reopened('restoration'))).toThrow(isImpossible(/before run.opened/));
    for (const body of [opened, ready, held, abort]) {
      machine.tell(body);
      for (const what of ['restoration', 'evaluation'] as const)
        expect(() => machine.tell(reopened(what))).toThrow(isImpossible(/came before run.closed/));
    }
  });

  it('is for restoration one that did not end stuck', () => {
    const machine = machineOf(drillPlan([check('a')]));
    for (const body of [opened, ready, held, inspected('a', 'done')]) machine.tell(body);
    machine.tell({ type: 'restoration.cleaned', removed: [], leftOvers: [] });
    machine.tell({ type: 'restoration.proved', proved: true, differences: [], leftOvers: [] });
    machine.tell({ type: 'evaluation.finished', outcome: 'failed', reasons: [] });
    machine.tell({ type: 'run.closed', outcome: 'failed' });
    const before = machine.plain();
    expect(() => machine.tell(reopened('restoration'))).toThrow(isImpossible(/the run ended failed: only a stuck one/));
    expect(machine.plain()).toEqual(before);
  });

  it('hears nothing else once it is closed', () => {
    const plan = drillPlan([fault('cut')]);
    const { events } = drive(plan, { undo: { cut: ['fails'] } });
    const machine = machineOf(plan);
    for (const { seq: _, at: __, ...body } of events) machine.tell(body);
    expect(machine.open()).toEqual([]);
    expect(() => machine.tell(abort)).toThrow(isImpossible(/came after run.closed/));
    expect(machine.tell(reopened('restoration')).effects).toContainEqual({ type: 'undo', step: 'cut', attempt: 2 });
  });
});
