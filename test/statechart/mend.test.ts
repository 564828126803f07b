import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import type { Plan } from '../../src/plan/plan.ts';
import {
  abort,
  continued,
  declared,
  failed,
  fired,
  held,
  inspected,
  interrupted,
  opened,
  pausedBy,
  ready,
  retriedBy,
  skippedBy,
  started,
  succeeded,
} from './bodies.ts';
import { check, drillPlan, failback, fault, probe, recovery, TWICE } from './drills.ts';
import { machineOf } from './run-questions.ts';

const told = (plan: Plan, ...events: readonly EventBody[]) => {
  const machine = machineOf(plan);
  for (const event of [opened, ready, held, ...events]) machine.tell(event);
  return machine;
};
const sends = (effects: readonly { readonly type: string }[]) =>
  effects.flatMap((effect) => ('step' in effect && effect.type === 'send' ? [(effect as { step: string }).step] : []));

const chain = drillPlan([recovery('a'), recovery('b', ['a']), recovery('c', ['b']), recovery('side'), check('well')]);

describe('a step that a person skips', () => {
  it('before its turn keeps its place: what needs it waits for what it needs', () => {
    const machine = told(chain, skippedBy('dana', 'b'));
    expect(machine.view().status('b')).toBe('pending');
    machine.tell(started('a'));
    expect(machine.view().status('c')).toBe('pending');
    const { effects } = machine.tell(succeeded('a'));
    expect([machine.view().status('b'), sends(effects)]).toEqual(['skipped', ['c']]);
  });

  it('in the queue is not sent, and what needs it goes on', () => {
    const machine = told(chain);
    const { effects } = machine.tell(skippedBy('dana', 'a'));
    expect(effects).toContainEqual({ type: 'cancel', step: 'a' });
    expect(sends(effects)).toEqual(['b']);
    expect(machine.tell(started('a')).changed).toBe(false);
  });

  it('while it waits for its back-off is not sent again', () => {
    const machine = told(drillPlan([recovery('a', [], { retry: TWICE }), recovery('b', ['a'])]));
    machine.tell(started('a'));
    machine.tell(failed('a', 1, true));
    const { effects } = machine.tell(skippedBy('dana', 'a'));
    expect(effects).toContainEqual({ type: 'cancel-timer', timer: 'retry:a:1' });
    expect(sends(effects)).toEqual(['b']);
  });

  it('after it failed brings back what was given up for it', () => {
    const machine = told(chain, started('a'), pausedBy('dana'), failed('a'));
    expect(['b', 'c', 'side'].map(machine.view().status)).toEqual(['skipped', 'skipped', 'skipped']);
    const { effects } = machine.tell(skippedBy('dana', 'a'));
    expect(sends(effects).toSorted()).toEqual(['b', 'side']);
    expect(['a', 'b', 'c', 'side'].map(machine.view().status)).toEqual(['skipped', 'ready', 'pending', 'ready']);
    machine.tell(continued);
    expect(machine.view().phase).toBe('recovery');
  });

  it('ends the run as a success of the machine when all others succeed', () => {
    const machine = told(chain, skippedBy('dana', 'side'), started('a'), succeeded('a'), skippedBy('dana', 'b'));
    for (const event of [started('c'), succeeded('c'), started('well'), succeeded('well')]) machine.tell(event);
    expect(machine.view().path).toBe('success');
  });

  it.each([
    ['while it is sent', [started('a')], skippedBy('dana', 'a')],
    ['after it succeeded', [started('a'), succeeded('a')], skippedBy('dana', 'a')],
    ['when the run is being aborted', [started('a'), abort], skippedBy('dana', 'b')],
    ['of an attempt that is not the present one', [], skippedBy('dana', 'a', 1)],
  ])('is not skipped %s', (name, events, body) => {
    const machine = told(chain, ...events);
    if (name.startsWith('of an attempt')) machine.tell(body);
    expect(machine.tell(body).changed).toBe(false);
  });
});

describe('a step that a person has tried again', () => {
  it('is sent at once while it waits', () => {
    const machine = told(drillPlan([recovery('a', [], { retry: TWICE })]), started('a'), failed('a', 1, true));
    const { effects } = machine.tell(retriedBy('dana', 'a'));
    expect(effects).toEqual([
      { type: 'cancel-timer', timer: 'retry:a:1' },
      { type: 'send', step: 'a', attempt: 2 },
    ]);
    expect(machine.tell(fired('retry:a:1')).changed).toBe(false);
  });

  it('gets one more attempt after it failed, and its followers come back', () => {
    const machine = told(chain, started('a'), pausedBy('dana'), failed('a'));
    const { effects } = machine.tell(retriedBy('dana', 'a'));
    expect(effects).toContainEqual({ type: 'send', step: 'a', attempt: 2 });
    machine.tell(continued);
    expect(['b', 'side'].map(machine.view().status)).toEqual(['pending', 'ready']);
    machine.tell(started('a', 2));
    expect(sends(machine.tell(succeeded('a', 2)).effects)).toEqual(['b']);
  });

  it('gets one more attempt when nobody can tell what became of it', () => {
    const machine = told(chain, started('a'), pausedBy('dana'), interrupted('a'), inspected('a', 'unknown'));
    expect(machine.view().status('a')).toBe('stuck');
    machine.tell(retriedBy('dana', 'a'));
    machine.tell(inspected('a', 'done', 2));
    expect([machine.view().status('a'), machine.view().stuck]).toEqual(['succeeded', []]);
  });

  it('can be mended one after the other when two failed', () => {
    const machine = told(chain, started('a'), started('side'), pausedBy('dana'), failed('a'), failed('side'));
    machine.tell(retriedBy('dana', 'a'));
    expect([machine.view().status('a'), machine.view().status('b')]).toEqual(['ready', 'skipped']);
    machine.tell(skippedBy('dana', 'side'));
    expect(machine.view().status('b')).toBe('pending');
    machine.tell(continued);
    for (const event of [started('a', 2), succeeded('a', 2)]) machine.tell(event);
    expect(machine.view()).toMatchObject({ phase: 'recovery', path: null });
  });

  it('opens a verification whose steps were settled', () => {
    const plan = drillPlan([check('well'), check('more', ['well'])], { probes: [probe('shop')] });
    const machine = told(plan, started('well'), failed('well'));
    expect(machine.view().status('more')).toBe('skipped');
    machine.tell(retriedBy('dana', 'well'));
    machine.tell({ type: 'probe.stable', probe: 'shop', since: 0, until: 1 });
    expect(machine.view().phase).toBe('verification');
    for (const event of [started('well', 2), succeeded('well', 2), started('more', 2), succeeded('more', 2)])
      if ('attempt' in event && event.attempt <= machine.view().attempt(event.step)) machine.tell(event);
    for (const event of [started('more'), succeeded('more')]) machine.tell(event);
    expect(machine.view()).toMatchObject({ phase: 'restoration', path: 'success' });
  });

  it('is not tried again once its phase is over', () => {
    const machine = told(chain, started('a'), failed('a'));
    expect(machine.view().phase).toBe('restoration');
    expect(machine.tell(retriedBy('dana', 'a')).changed).toBe(false);
  });
});

describe('restoration after a skip', () => {
  const plan = drillPlan([
    fault('lose'),
    recovery('scale'),
    recovery('promote', ['scale'], { changesDataRoles: true, undo: 'failback' }),
    recovery('last', ['promote']),
    failback('tidy'),
  ]);
  const lostAnswer = (step: string) => [started(step), pausedBy('dana'), interrupted(step), inspected(step, 'unknown')];

  it('ends a fault of which nobody can tell whether it took effect', () => {
    const machine = told(plan, ...lostAnswer('lose'), skippedBy('dana', 'lose'), continued);
    expect(machine.view().phase).toBe('declaration');
    const { effects } = machine.tell(abort);
    expect(effects).toContainEqual({ type: 'undo', step: 'lose', attempt: 1 });
  });

  it('takes nothing back once a change of data roles may stand', () => {
    const machine = told(plan, started('lose'), succeeded('lose'), declared, started('scale'), succeeded('scale'));
    for (const event of [...lostAnswer('promote'), skippedBy('dana', 'promote'), continued]) machine.tell(event);
    for (const event of [started('last'), failed('last')]) machine.tell(event);
    machine.tell({ type: 'undo.succeeded', step: 'lose', attempt: 1, output: null });
    expect(machine.view().status('scale')).toBe('succeeded');
  });
});
