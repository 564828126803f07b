import { describe, expect, it } from 'vitest';
import { abort, declared, failed, held, opened, ready, started, succeeded, undoFailed, undone } from './bodies.ts';
import { check, DRILLS, drillPlan, failback, failover, fault, reconfigure, recovery, TWICE } from './drills.ts';
import { asked, machineOf, outcome, sent, statuses, takenBack } from './run-questions.ts';
import { drive } from './world.ts';

const phasesOf = (run: ReturnType<typeof drive>) => ({
  cleaned: asked(run, 'clean').length,
  proved: asked(run, 'prove').length,
});

describe('restoration after success', () => {
  it('ends the faults, newest first, leaves recovery alone, and runs the failback', () => {
    const run = drive(failover);
    expect(takenBack(run)).toEqual(['cut-link', 'lose-region']);
    expect(statuses(failover, run)).toMatchObject({
      'stop-writes': 'succeeded',
      promote: 'succeeded',
      reseed: 'succeeded',
    });
    expect(sent(run).slice(-2)).toEqual(['reseed 1', 'steer-back 1']);
    expect(phasesOf(run)).toEqual({ cleaned: 1, proved: 1 });
  });

  it('skips the rest of the failback when a part fails, and still cleans and proves', () => {
    const run = drive(failover, { steps: { reseed: ['fails'] } });
    expect(statuses(failover, run)).toMatchObject({ reseed: 'failed', 'steer-back': 'skipped' });
    expect(phasesOf(run)).toEqual({ cleaned: 1, proved: 1 });
  });

  it('is over with what the clean-up left behind and the proof refuted', () => {
    expect(outcome(drive(failover, { leftOvers: ['a-server'] }))).toBe('stuck');
    expect(outcome(drive(failover, { proved: false }))).toBe('stuck');
  });
});

describe('restoration after a failure', () => {
  it('takes executed reversible steps back in reverse order of completion, faults first', () => {
    const run = drive(reconfigure, { steps: { flush: ['fails'], 'route-a': ['lost, running'] } });
    expect(completed(run)).toEqual(['slow-link', 'scale-up', 'route-b', 'note', 'route-a']);
    expect(takenBack(run)).toEqual(['slow-link', 'route-a', 'route-b', 'scale-up']);
    expect(statuses(reconfigure, run)).toMatchObject({
      flush: 'failed',
      note: 'succeeded',
      tidy: 'skipped',
      healthy: 'pending',
    });
    expect(outcome(run)).toBe('failed');
  });

  it('takes them back one at a time', () => {
    const run = drive(reconfigure, { steps: { flush: ['fails'] } });
    const undo = run.events.flatMap(({ type }) => (type.startsWith('undo.') ? [type] : []));
    expect(undo).toEqual(Array.from({ length: 4 }, () => ['undo.started', 'undo.succeeded']).flat());
  });

  it('takes nothing back once the data roles have changed, and runs the failback instead', () => {
    const run = drive(failover, { steps: { steer: ['fails'] } });
    expect(takenBack(run)).toEqual(['cut-link', 'lose-region']);
    expect(statuses(failover, run)).toMatchObject({
      'stop-writes': 'succeeded',
      promote: 'succeeded',
      steer: 'failed',
      reseed: 'succeeded',
      'steer-back': 'succeeded',
    });
  });

  it('takes recovery back when the change of data roles failed for certain', () => {
    const run = drive(failover, { steps: { promote: ['fails'] } });
    expect(takenBack(run)).toEqual(['cut-link', 'lose-region', 'warm', 'stop-writes']);
    expect(statuses(failover, run)).toMatchObject({ reseed: 'skipped', 'steer-back': 'skipped' });
  });

  it('takes nothing back and runs no failback when nobody can tell whether the data roles changed', () => {
    const run = drive(failover, { steps: { promote: ['lost, unknown'] } });
    expect(takenBack(run)).toEqual(['cut-link', 'lose-region']);
    expect(statuses(failover, run)).toMatchObject({ 'stop-writes': 'succeeded', promote: 'stuck', reseed: 'skipped' });
    expect(run.view.stuck).toEqual(['promote']);
    expect(outcome(run)).toBe('stuck');
    expect(phasesOf(run)).toEqual({ cleaned: 1, proved: 1 });
  });

  it('runs the failback where a step needs it, and beside it undoes what is reversible', () => {
    const plan = drillPlan([
      recovery('a'),
      recovery('b', [], { undo: 'failback' }),
      recovery('c', ['a', 'b']),
      failback('return'),
    ]);
    const run = drive(plan, { steps: { c: ['fails'] } });
    expect(statuses(plan, run)).toEqual({ a: 'undone', b: 'succeeded', c: 'failed', return: 'succeeded' });
  });

  it('is the same when a check has failed', () => {
    const run = drive(reconfigure, { steps: { healthy: ['fails'] } });
    expect(takenBack(run)).toEqual(['slow-link', 'flush', 'route-b', 'route-a', 'scale-up']);
  });

  it('leaves alone what was found done before anything was sent: nobody knows what was before it', () => {
    const plan = drillPlan([fault('lose'), recovery('a'), recovery('b', ['a']), recovery('c', ['b'])]);
    const run = drive(plan, { steps: { lose: ['done-before'], a: ['running-before'], c: ['fails'] } });
    expect(takenBack(run)).toEqual(['b']);
    expect(statuses(plan, run)).toEqual({ lose: 'succeeded', a: 'succeeded', b: 'undone', c: 'failed' });
  });

  it('runs no failback for a change of data roles that stood before the run', () => {
    const run = drive(failover, { steps: { promote: ['done-before'], steer: ['fails'] } });
    expect(statuses(failover, run)).toMatchObject({ promote: 'succeeded', reseed: 'skipped', 'steer-back': 'skipped' });
  });

  it('fails back no promotion of somebody else after success either, and takes its own steps back instead', () => {
    const run = drive(failover, { steps: { promote: ['done-before'] } });
    expect(statuses(failover, run)).toMatchObject({ promote: 'succeeded', reseed: 'skipped', 'steer-back': 'skipped' });
    expect(takenBack(run)).toEqual(expect.arrayContaining(['cut-link', 'lose-region', 'stop-writes']));
  });

  it('fails back a promotion of its own that a second step found done, and none that another step made', () => {
    const change = { undo: 'failback', changesDataRoles: true } as const;
    const first = recovery('promote', [], { ...change, with: { server: 'a' } });
    const second = (server: string) => recovery('promote-again', ['promote'], { ...change, with: { server } });
    const foundDone = { steps: { 'promote-again': ['done-before'] } } as const;
    const own = drillPlan([first, second('a'), failback('return')]);
    expect(statuses(own, drive(own, foundDone))).toMatchObject({ return: 'succeeded' });
    const foreign = drillPlan([first, second('b'), failback('return')]);
    expect(statuses(foreign, drive(foreign, foundDone))).toMatchObject({ return: 'skipped' });
  });

  it('takes its own steps back beside a promotion of somebody else', () => {
    const run = drive(failover, { steps: { promote: ['done-before'], steer: ['fails'] } });
    expect(takenBack(run).toSorted()).toEqual(['cut-link', 'lose-region', 'stop-writes', 'warm']);
  });

  it('takes back what was sent and found done afterwards', () => {
    const plan = drillPlan([recovery('a'), recovery('b', ['a'])]);
    const run = drive(plan, { steps: { a: ['lost, done'], b: ['fails'] } });
    expect(takenBack(run)).toEqual(['a']);
  });

  it('ends a fault of which nobody knows whether it took effect', () => {
    const run = drive(failover, { steps: { 'cut-link': ['hangs, unknown'] } });
    expect(takenBack(run)).toEqual(['cut-link', 'lose-region']);
    expect(run.view.stuck).toEqual([]);
    expect(outcome(run)).toBe('failed');
  });
});

describe('a disruption that a write brings about', () => {
  const plan = drillPlan([fault('lose'), fault('isolate', ['lose'], { kind: 'write' }), recovery('a')]);

  it.each(['lost, unknown', 'hangs, unknown', 'hangs, running', 'fails'] as const)(
    'is ended like a fault when what was sent %s',
    (fate) => {
      const run = drive(plan, { steps: { isolate: [fate] } });
      expect(takenBack(run)).toEqual(['isolate', 'lose']);
      expect(statuses(plan, run)).toMatchObject({ isolate: 'undone', lose: 'undone' });
      expect(outcome(run)).toBe('failed');
    },
  );

  it('is ended when the drill ends while the next attempt of what had begun is waited for', () => {
    const waiting = drillPlan([fault('isolate', [], { kind: 'write', retry: TWICE }), fault('lose')]);
    const run = drive(waiting, { steps: { isolate: ['fails-retryably'], lose: ['fails'] } });
    expect(takenBack(run)).toContain('isolate');
  });

  it('is left alone when nothing was sent, nothing was taken, or nothing of it can be undone', () => {
    for (const fate of ['unknown-before', 'refused', 'lost, not-started'] as const) {
      const run = drive(plan, { steps: { isolate: [fate] } });
      expect(takenBack(run)).toEqual(['lose']);
    }
    const final = drillPlan([fault('wipe', [], { kind: 'write', undo: 'cannot-be-undone' })]);
    const run = drive(final, { steps: { wipe: ['lost, unknown'] } });
    expect([takenBack(run), statuses(final, run)['wipe']]).toEqual([[], 'stuck']);
  });

  it('leaves the run stuck when it cannot be ended', () => {
    const run = drive(plan, { steps: { isolate: ['lost, unknown'] }, undo: { isolate: ['fails'] } });
    expect([statuses(plan, run)['isolate'], outcome(run)]).toEqual(['stuck', 'stuck']);
  });
});

describe('taking a step back', () => {
  const plan = drillPlan([fault('lose'), recovery('a'), recovery('b', ['a'])]);
  const ending = () => {
    const machine = machineOf(plan);
    for (const event of [opened, ready, held, started('lose'), succeeded('lose'), declared, started('a'), failed('a')])
      machine.tell(event);
    return machine;
  };

  it('is tried three times at least when that may help', () => {
    const machine = ending();
    expect(machine.tell(undoFailed('lose', 1, true)).effects).toEqual([{ type: 'undo', step: 'lose', attempt: 2 }]);
    machine.tell(undoFailed('lose', 2, true));
    expect(machine.view().undoAttempt('lose')).toBe(3);
    machine.tell(undoFailed('lose', 3, true));
    expect(machine.view().status('lose')).toBe('stuck');
    expect(machine.open()).toContainEqual({ type: 'clean' });
  });

  it('is tried as often as the step itself where that is more', () => {
    const often = drillPlan([fault('lose', [], { retry: { ...TWICE, attempts: 5 } }), recovery('a')]);
    const run = drive(often, { undo: { lose: ['fails-retryably'] } });
    expect(asked(run, 'undo')).toHaveLength(5);
    expect(outcome(run)).toBe('stuck');
  });

  it('is given up at once after an error that is final, and what was done before it stays as its ground', () => {
    const run = drive(reconfigure, { steps: { flush: ['fails'] }, undo: { 'route-b': ['fails'] } });
    const before = completed(run).slice(0, completed(run).indexOf('route-b'));
    expect(before.length).toBeGreaterThan(0);
    expect(run.view.stuck).toEqual(['route-b']);
    for (const id of before.filter((step) => step !== 'slow-link')) expect(takenBack(run)).not.toContain(id);
    expect(phasesOf(run)).toEqual({ cleaned: 1, proved: 1 });
  });

  it('does not lead back to a site whose disruption could not be ended, after success either', () => {
    const failedRun = drive(reconfigure, { steps: { flush: ['fails'] }, undo: { 'slow-link': ['fails'] } });
    expect(takenBack(failedRun)).toEqual(['slow-link']);
    expect(outcome(failedRun)).toBe('stuck');
    const succeededRun = drive(failover, { undo: { 'cut-link': ['fails'] } });
    expect(takenBack(succeededRun)).toEqual(['cut-link', 'lose-region']);
    expect(statuses(failover, succeededRun)).toMatchObject({ reseed: 'skipped', 'steer-back': 'skipped' });
    expect(outcome(succeededRun)).toBe('stuck');
  });

  it('is not touched by answers of an attempt that was left', () => {
    const machine = ending();
    machine.tell(undoFailed('lose', 1, true));
    expect(machine.tell(undoFailed('lose', 1, true)).changed).toBe(false);
    expect(machine.tell(undone('lose', 1)).changed).toBe(false);
    machine.tell(undone('lose', 2));
    expect(machine.view().status('lose')).toBe('undone');
    expect(machine.tell(undone('lose', 2)).changed).toBe(false);
  });

  it('is asked for again after a restart', () => {
    const machine = ending();
    machine.tell(undoFailed('lose', 1, true));
    expect(machine.open()).toContainEqual({ type: 'undo', step: 'lose', attempt: 2 });
  });

  it('may concern ten thousand steps', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => recovery(`s${index}`));
    const wide = drillPlan([...many, check('end')]);
    const machine = machineOf(wide);
    for (const event of [opened, ready, held]) machine.tell(event);
    for (const { id } of many) for (const event of [started(id), succeeded(id)]) machine.tell(event);
    machine.tell(abort);
    for (const { id } of many.toReversed()) machine.tell(undone(id));
    expect(machine.open()).toEqual([{ type: 'observe' }, { type: 'clean' }]);
  });
});

describe('an abort', () => {
  it.each(DRILLS)('after any event ends the disruption and closes the run: $name', ({ plan }) => {
    const length = drive(plan).events.length;
    for (let abortAfter = 1; abortAfter < length - 2; abortAfter += 1) {
      const run = drive(plan, { abortAfter });
      expect({ abortAfter, outcome: outcome(run) }).toEqual({ abortAfter, outcome: 'aborted' });
      for (const { id, phase } of plan.steps)
        if (phase === 'disruption') expect(run.view.status(id)).toMatch(/undone|skipped|pending/);
    }
  });

  it.each(DRILLS)('sends nothing of the interrupted phases any more: $name', ({ plan }) => {
    const isFailback = new Set(plan.steps.filter(({ phase }) => phase === 'restoration').map(({ id }) => id));
    for (let abortAfter = 1; abortAfter < drive(plan).events.length - 2; abortAfter += 1) {
      const run = drive(plan, { abortAfter });
      const late = run.effects.filter(
        ({ seq, effect }) => seq > abortAfter && effect.type === 'send' && !isFailback.has(effect.step),
      );
      expect(late).toEqual([]);
    }
  });

  it('lets a started write settle, then takes it back', () => {
    const plan = drillPlan([recovery('a'), recovery('b', ['a'])]);
    const machine = machineOf(plan);
    for (const event of [opened, ready, held, started('a')]) machine.tell(event);
    expect(machine.tell(abort).effects).toEqual([]);
    expect(machine.view()).toMatchObject({ phase: 'recovery', aborted: true });
    expect(machine.view().status('b')).toBe('skipped');
    expect(machine.tell(succeeded('a')).effects).toContainEqual({ type: 'undo', step: 'a', attempt: 1 });
  });

  it('breaks checks off at once', () => {
    const plan = drillPlan([check('a'), check('b', ['a'])]);
    const machine = machineOf(plan);
    for (const event of [opened, ready, held, started('a')]) machine.tell(event);
    expect(machine.tell(abort).effects).toEqual([
      { type: 'cancel-timer', timer: 'timeout:a:1' },
      { type: 'cancel', step: 'a' },
      { type: 'clean' },
    ]);
    expect(machine.view().status('a')).toBe('skipped');
  });

  it('does not wait for a retry', () => {
    const plan = drillPlan([recovery('a', [], { retry: TWICE })]);
    const machine = machineOf(plan);
    for (const event of [opened, ready, held, started('a'), failed('a', 1, true)]) machine.tell(event);
    expect(machine.tell(abort).effects).toEqual([{ type: 'cancel-timer', timer: 'retry:a:1' }, { type: 'clean' }]);
  });

  it('does not retry what fails after it', () => {
    const plan = drillPlan([recovery('a', [], { retry: TWICE })]);
    const machine = machineOf(plan);
    for (const event of [opened, ready, held, started('a'), abort, failed('a', 1, true)]) machine.tell(event);
    expect(machine.view().status('a')).toBe('skipped');
    expect(machine.open()).toEqual([{ type: 'observe' }, { type: 'clean' }]);
  });

  it('goes to evaluation directly before baseline, and to cleaning in baseline', () => {
    expect(asked(drive(failover, { abortAfter: 1 }), 'clean')).toEqual([]);
    expect(asked(drive(failover, { abortAfter: 2 }), 'clean')).toEqual([]);
    expect(asked(drive(failover, { abortAfter: 4 }), 'clean')).toHaveLength(1);
  });

  it('that comes during restoration is only recorded', () => {
    const cleaned = drive(failover).events.findIndex(({ type }) => type === 'restoration.cleaned');
    const run = drive(failover, { abortAfter: cleaned - 3 });
    expect(run.view).toMatchObject({ aborted: true, path: 'success' });
    expect(statuses(failover, run)).toEqual(statuses(failover, drive(failover)));
  });

  it('has nothing left to abort when the run is being judged', () => {
    const { events } = drive(failover);
    expect(outcome(drive(failover, { abortAfter: events.length - 2 }))).toBe('passed');
  });

  it('comes from a guardrail as well, and only once', () => {
    const machine = machineOf(failover);
    for (const event of [opened, ready]) machine.tell(event);
    const tripped = { type: 'guardrail.tripped', guardrail: 'bystander', reading: 'failing' } as const;
    machine.tell(tripped);
    expect(machine.view()).toMatchObject({ phase: 'evaluation', aborted: true });
    expect(machine.tell(abort).changed).toBe(false);
  });
});

const completed = ({ events }: ReturnType<typeof drive>) =>
  events.flatMap((event) => {
    const isDone = event.type === 'step.succeeded' || (event.type === 'step.inspected' && event.finding === 'done');
    return isDone ? [event.step] : [];
  });
