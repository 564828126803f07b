import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import {
  abort,
  approval,
  continued,
  declared,
  failed,
  fired,
  held,
  opened,
  pausedBy,
  ready,
  seen,
  started,
  succeeded,
} from './bodies.ts';
import { check, drillPlan, fault, probe, recovery } from './drills.ts';
import { machineOf } from './run-questions.ts';

const HOUR_MS = 3_600_000;
const plan = drillPlan([fault('lose'), recovery('one'), recovery('two', ['one']), check('well')], {
  approvals: { required: 2, roles: ['lead', 'ops'], expiresMs: HOUR_MS },
  declaration: { automatic: false, roles: ['lead'], timeoutMs: 5000 },
});
const machineAfter = (...events: readonly EventBody[]) => {
  const machine = machineOf(plan);
  for (const event of events) machine.tell(event);
  return machine;
};
const approved = [opened, ready, approval('ada'), approval('bob')];
const disrupted = [...approved, held, started('lose'), succeeded('lose')];
const person = { ...declared, automatic: false, role: 'lead' } as EventBody;
const recovering = [...disrupted, seen, person];

describe('an approval', () => {
  it.each([
    ['of who asked for the run', approval(' Tester ')],
    ['of a person who approved already, however it is written', approval('ADA ')],
    ['with a role that the plan does not name', approval('eve', { role: 'finance' })],
    ['of another plan', approval('eve', { planDigest: 'another' })],
    ['of no plan', { ...approval('eve'), planDigest: undefined } as EventBody],
    ['of nobody', approval('  ')],
    ['that is declined without a note', approval('eve', { decision: 'declined' })],
  ])('%s changes nothing', (_, body) => {
    const machine = machineAfter(opened, ready, approval('ada'));
    expect(machine.tell(body)).toEqual({ effects: [], changed: false });
    expect(machine.view().phase).toBe('approval');
  });

  it('that is declined with a note ends the run', () => {
    expect(machineAfter(opened, ready, approval('eve', { decision: 'declined', note: 'no' })).view().phase).toBe(
      'evaluation',
    );
  });

  it('starts a timer, and counts no longer once it fires', () => {
    const machine = machineAfter(opened, ready);
    const { effects } = machine.tell(approval('Ada'));
    expect(effects).toEqual([{ type: 'timer', timer: 'approval:ada', deadline: 3 + HOUR_MS }]);
    machine.tell(fired('approval:ada'));
    expect(machine.view().approvals).toMatchObject([{ as: 'Ada', expired: true }]);
    machine.tell(approval('bob'));
    expect(machine.view().phase).toBe('approval');
    machine.tell(approval('ada'));
    expect(machine.view().phase).toBe('baseline');
  });

  it('that was handed on is as old as the decision it stands for', () => {
    const machine = machineAfter(opened, ready);
    const { effects } = machine.tell(approval('Ada', { decidedAt: -1000 }));
    expect(effects).toEqual([{ type: 'timer', timer: 'approval:ada', deadline: -1000 + HOUR_MS }]);
    expect(machine.view().approvals).toMatchObject([{ as: 'Ada', at: -1000, expired: false }]);
  });

  it('that was handed on too late is on record as expired, and does not count', () => {
    const machine = machineAfter(opened, ready, approval('bob'));
    const { effects } = machine.tell(approval('Ada', { decidedAt: 4 - HOUR_MS }));
    expect(effects).toEqual([]);
    expect(machine.view()).toMatchObject({
      phase: 'approval',
      approvals: [{ as: 'bob' }, { as: 'Ada', expired: true }],
    });
    machine.tell(approval('Ada'));
    expect(machine.view().phase).toBe('baseline');
  });

  it('is never good for longer because it says that it was decided later', () => {
    const { effects } = machineAfter(opened, ready).tell(approval('Ada', { decidedAt: 50_000 }));
    expect(effects).toEqual([{ type: 'timer', timer: 'approval:ada', deadline: 3 + HOUR_MS }]);
  });

  it.each([
    ['in the baseline', approved],
    ['before the first step is sent', [...approved, held]],
  ])('that expires %s leaves everything as it is', (_, before) => {
    const machine = machineAfter(...before);
    machine.tell(fired('approval:bob'));
    expect(machine.view()).toMatchObject({ phase: 'restoration', path: 'refused' });
    expect(['pending', 'skipped']).toContain(machine.view().status('lose'));
  });

  it('is used with the first step, and does not expire any more', () => {
    const machine = machineAfter(...approved, held);
    expect(machine.tell(started('lose')).effects).toEqual(
      expect.arrayContaining([
        { type: 'cancel-timer', timer: 'approval:ada' },
        { type: 'cancel-timer', timer: 'approval:bob' },
      ]),
    );
    expect(machine.tell(fired('approval:bob')).changed).toBe(false);
  });
});

describe('a declaration by a person', () => {
  it('counts only once the disruption was seen', () => {
    const machine = machineAfter(...disrupted);
    expect(machine.tell(person).changed).toBe(false);
    machine.tell(seen);
    expect(machine.tell(person).changed).toBe(true);
    expect(machine.view().phase).toBe('recovery');
  });

  it('counts only of somebody with the role', () => {
    const machine = machineAfter(...disrupted, seen);
    expect(machine.tell({ ...person, role: 'ops' } as EventBody).changed).toBe(false);
    expect(machine.tell({ ...declared, automatic: false } as EventBody).changed).toBe(false);
  });

  it('is never automatic where people declare and are asked', () => {
    expect(() => machineAfter(...disrupted, seen, { ...declared, automatic: true } as EventBody)).toThrow(
      /is automatic/,
    );
  });

  it('is waited for as long as the plan says, and no longer for detection', () => {
    const machine = machineAfter(...disrupted);
    const { effects } = machine.tell(seen);
    expect(effects.map(({ type }) => type)).toEqual(['cancel-timer', 'timer']);
    expect(machine.tell(seen).changed).toBe(false);
    machine.tell(fired('declaration'));
    expect(machine.view()).toMatchObject({ phase: 'restoration', path: 'failure' });
  });
});

describe('a pause', () => {
  it('takes no intent, and sends what is ready once the run goes on', () => {
    const machine = machineAfter(...recovering, pausedBy('dana'));
    expect(machine.view().paused).toBe(true);
    expect(machine.tell(started('one')).changed).toBe(false);
    machine.tell(continued);
    expect(machine.view().paused).toBe(false);
    expect(machine.tell(started('one')).changed).toBe(true);
  });

  it('lets what was sent settle and ends no phase, however that ended', () => {
    const machine = machineAfter(...recovering, started('one'), pausedBy('dana'), failed('one'));
    expect(machine.view()).toMatchObject({ phase: 'recovery', path: null });
    expect(machine.view().status('one')).toBe('failed');
    machine.tell(continued);
    expect(machine.view()).toMatchObject({ phase: 'restoration', path: 'failure' });
  });

  it('keeps a baseline and a declaration back until the run goes on', () => {
    const baseline = machineAfter(...approved, pausedBy('dana'), held);
    expect(baseline.view().phase).toBe('baseline');
    expect(baseline.tell(held).changed).toBe(false);
    baseline.tell(continued);
    expect(baseline.view().phase).toBe('disruption');
    const declaration = machineAfter(...disrupted, seen, pausedBy('dana'), person);
    expect(declaration.view().phase).toBe('declaration');
    declaration.tell(continued);
    expect(declaration.view().phase).toBe('recovery');
  });

  it('keeps a verification open that would be over', () => {
    const machine = machineOf(drillPlan([check('well')], { probes: [probe('shop')] }));
    const events = [opened, ready, held, started('well'), succeeded('well'), pausedBy('dana')];
    for (const event of events) machine.tell(event);
    machine.tell({ type: 'probe.stable', probe: 'shop', since: 0, until: 1 });
    expect(machine.view().phase).toBe('verification');
    machine.tell(continued);
    expect(machine.view()).toMatchObject({ phase: 'restoration', path: 'success' });
  });

  it.each([
    ['an abort', abort],
    ['a guardrail', { type: 'guardrail.tripped', guardrail: 'g', reading: 'r' } as EventBody],
  ])('is overruled by %s', (_, body) => {
    const machine = machineAfter(...recovering, started('one'), pausedBy('dana'), body);
    expect(machine.view()).toMatchObject({ paused: false, aborted: true });
    machine.tell(succeeded('one'));
    expect(machine.view().phase).toBe('restoration');
  });

  it('is overruled by restoration', () => {
    const machine = machineAfter(...disrupted, pausedBy('dana'), fired('detection'));
    expect(machine.view()).toMatchObject({ phase: 'restoration', paused: false });
    expect(machine.tell(pausedBy('dana')).changed).toBe(false);
  });

  it('is not taken where nothing waits for it, nor twice', () => {
    expect(machineAfter(opened).tell(pausedBy('dana')).changed).toBe(false);
    expect(machineAfter(...recovering, pausedBy('dana')).tell(pausedBy('sam')).changed).toBe(false);
    expect(machineAfter(...recovering).tell(continued).changed).toBe(false);
  });
});
