// What a drill creates is removed on every way through restoration, and by nobody but the run that made it.
import { describe, expect, it } from 'vitest';
import { canary, check, drillPlan, failback, fault, recovery, TWICE } from './drills.ts';
import { outcome, sent, statuses, takenBack } from './run-questions.ts';
import { drive, type Script } from './world.ts';

const creates = (id: string) => ({ creates: [`/servers/${id}`] });
const plan = drillPlan(
  [
    fault('damage'),
    recovery('close'),
    recovery('restore', ['close'], creates('a')),
    recovery('second', ['restore'], { ...creates('b'), retry: TWICE }),
    check('rows'),
    failback('open'),
  ],
  { canaries: [canary('rows')] },
);

describe('what a drill created', () => {
  it('is removed after success too, newest first, after the explicit restoration steps', () => {
    const run = drive(plan);
    expect(takenBack(run)).toEqual(['damage', 'second', 'restore']);
    expect(sent(run).at(-1)).toBe('open 1');
    const order = run.events.flatMap((event) =>
      event.type === 'undo.started' || event.type === 'step.started' ? [event.step] : [],
    );
    expect(order.slice(-3)).toEqual(['open', 'second', 'restore']);
    expect(run.events.findIndex(({ type }) => type === 'restoration.cleaned')).toBeGreaterThan(
      run.events.findLastIndex(({ type }) => type === 'undo.succeeded'),
    );
    expect(statuses(plan, run)).toMatchObject({ close: 'succeeded', restore: 'undone', second: 'undone' });
    expect(outcome(run)).toBe('passed');
  });

  it('is removed in a drill that disrupts nothing', () => {
    const isolated = drillPlan([recovery('restore', [], creates('a')), check('rows')]);
    const run = drive(isolated);
    expect(statuses(isolated, run)).toEqual({ restore: 'undone', rows: 'succeeded' });
  });

  it.each<[string, Script]>([
    ['a check fails', { steps: { rows: ['fails'] } }],
    ['a canary cannot be read', { unreadable: ['rows'] }],
  ])('is removed when %s, after everything else was taken back', (_, script) => {
    const run = drive(plan, script);
    expect(takenBack(run)).toEqual(['damage', 'close', 'second', 'restore']);
    expect(outcome(run)).toBe('failed');
  });

  it('is removed wherever an abort comes', () => {
    const { length } = drive(plan).events;
    for (let abortAfter = 1; abortAfter < length; abortAfter++) {
      const run = drive(plan, { abortAfter });
      const left = Object.entries(statuses(plan, run)).filter(
        ([step, status]) => ['restore', 'second'].includes(step) && status !== 'undone',
      );
      // A step that was never sent has nothing to remove.
      const wasSent = (step: string) =>
        run.events.some((event) => event.type === 'step.started' && event.step === step);
      expect(left.filter(([step]) => wasSent(step))).toEqual([]);
    }
  });

  it.each(['fails', 'lost, unknown', 'lost, not-started'] as const)(
    'is looked for and removed when the request to create it %s',
    (fate) => {
      const run = drive(plan, { steps: { second: [fate] } });
      expect(takenBack(run)).toEqual(['damage', 'close', 'second', 'restore']);
      expect(statuses(plan, run)).toMatchObject({
        second: 'undone',
        restore: 'undone',
        close: 'undone',
        open: 'skipped',
      });
      expect(outcome(run)).not.toBe('passed');
    },
  );

  it('is removed when the drill ends while the next attempt is waited for', () => {
    const waiting = drillPlan([recovery('a', [], { ...creates('a'), retry: TWICE }), recovery('b')]);
    const run = drive(waiting, { steps: { a: ['fails-retryably'], b: ['fails'] } });
    expect(takenBack(run)).toEqual(['a']);
  });

  it('is left alone when it was found before anything was sent', () => {
    for (const fate of ['done-before', 'refused', 'unknown-before'] as const) {
      const run = drive(plan, { steps: { second: [fate] } });
      expect(takenBack(run)).not.toContain('second');
    }
  });

  it('stays, and the run is stuck, when its removal fails', () => {
    const run = drive(plan, { undo: { second: ['fails'] } });
    expect(statuses(plan, run)).toMatchObject({ second: 'stuck', restore: 'succeeded' });
    expect(outcome(run)).toBe('stuck');
  });

  it('stays while something that may rely on it could not be returned', () => {
    const steered = drillPlan([
      recovery('restore', [], creates('a')),
      recovery('steer', ['restore']),
      check('rows'),
      failback('steer-back'),
    ]);
    const failedBack = drive(steered, { steps: { 'steer-back': ['fails'] } });
    expect(statuses(steered, failedBack)).toMatchObject({ restore: 'succeeded', steer: 'succeeded' });
    const undoFailed = drive(steered, { steps: { rows: ['fails'] }, undo: { steer: ['fails'] } });
    expect(statuses(steered, undoFailed)).toMatchObject({ restore: 'succeeded', steer: 'stuck' });
    expect(statuses(steered, drive(steered))).toMatchObject({ restore: 'undone', steer: 'succeeded' });
  });

  describe('beside a failover that made something too', () => {
    const there = recovery('there', [], { ...creates('away'), undo: 'failback', changesDataRoles: true });
    const moved = drillPlan([there, recovery('restore', ['there'], creates('a')), check('rows'), failback('back')]);

    it('stays while the failover was not returned', () => {
      const run = drive(moved, { steps: { back: ['fails'] }, undo: { there: ['fails'] } });
      expect(statuses(moved, run)).toMatchObject({ there: 'stuck', restore: 'succeeded' });
    });

    it('stays while nobody can tell what became of the failover', () => {
      const beside = drillPlan([recovery('restore', [], creates('a')), { ...there, needs: ['restore'] }]);
      const run = drive(beside, { steps: { there: ['lost, unknown'] }, undo: { there: ['fails'] } });
      expect(statuses(beside, run)).toMatchObject({ there: 'stuck', restore: 'succeeded' });
    });

    it('stays when what the failover made is not gone, though the way back succeeded', () => {
      const run = drive(moved, { undo: { there: ['fails'] } });
      expect(takenBack(run)).toEqual(['there']);
      expect(statuses(moved, run)).toMatchObject({ there: 'stuck', restore: 'succeeded' });
    });

    it('is removed once what the failover made is gone', () => {
      const run = drive(moved);
      expect(takenBack(run)).toEqual(['there', 'restore']);
      expect([statuses(moved, run)['restore'], outcome(run)]).toEqual(['undone', 'passed']);
    });
  });

  it('is asked for once more when a step of the drill removed it, and nothing is said to be left', () => {
    const remove = (more: object = {}) =>
      recovery('remove', ['restore'], {
        undo: 'cannot-be-undone',
        writes: ['/servers/A'],
        removes: ['/servers/A'],
        ...more,
      });
    const removed = drillPlan([recovery('restore', [], creates('a')), remove(), check('rows')]);
    const run = drive(removed);
    expect(takenBack(run)).toEqual(['restore']);
    expect([statuses(removed, run)['restore'], outcome(run)]).toEqual(['undone', 'passed']);
  });

  it.each([
    ['writes to something else too', { writes: ['/servers/a', '/profiles/traffic'] }],
    [
      'removes what the drill did not make',
      { writes: ['/servers/a', '/servers/z'], removes: ['/servers/a', '/servers/z'] },
    ],
    ['says that it removes nothing', { removes: [] }],
  ])('stays when the step that removed it %s', (_, more) => {
    const step = { undo: 'cannot-be-undone', writes: ['/servers/a'], removes: ['/servers/a'], ...more } as const;
    const kept = drillPlan([recovery('restore', [], creates('a')), recovery('remove', ['restore'], step)]);
    expect(statuses(kept, drive(kept))).toMatchObject({ restore: 'succeeded', remove: 'succeeded' });
  });

  it('is removed by a process that takes the run over anywhere', () => {
    const { events } = drive(plan);
    for (let length = 1; length < events.length; length++) {
      const run = drive(plan, {}, events.slice(0, length));
      expect(statuses(plan, run)).toMatchObject({ restore: 'undone', second: 'undone' });
    }
  });
});
