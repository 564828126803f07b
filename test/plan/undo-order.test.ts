import { describe, expect, it } from 'vitest';
import { dataRoleChanges, restorationOrder, undoOrder } from '../../src/plan/undo-order.ts';
import { plannedStep, planOf } from './planned-step.ts';

const plan = planOf(
  plannedStep('lose-a', { phase: 'disruption', kind: 'fault', undo: 'reversible', forecastMs: 1 }),
  plannedStep('lose-b', { phase: 'disruption', kind: 'fault', undo: 'reversible', forecastMs: 9, needs: ['lose-a'] }),
  plannedStep('slow', { undo: 'reversible', forecastMs: 50 }),
  plannedStep('quick', { undo: 'reversible', forecastMs: 5 }),
  plannedStep('promote', { undo: 'failback', changesDataRoles: true, forecastMs: 20 }),
  plannedStep('steer', { undo: 'reversible', forecastMs: 2, needs: ['promote'] }),
  plannedStep('look', { kind: 'check' }),
  plannedStep('back', { phase: 'restoration', undo: 'reversible', needs: ['reseed'] }),
  plannedStep('reseed', { phase: 'restoration' }),
);

describe('undoOrder', () => {
  it('ends faults first, then takes recovery back, each in reverse order of forecast completion', () => {
    expect(undoOrder(plan)).toEqual(['lose-b', 'lose-a', 'slow', 'quick']);
  });

  it('leaves out what runs only after a change of data roles, at second hand too', () => {
    const further = plannedStep('announce', { undo: 'reversible', needs: ['steer'] });
    expect(undoOrder({ steps: [...plan.steps, further] })).toEqual(undoOrder(plan));
    expect(undoOrder(plan)).not.toContain('steer');
  });

  it('leaves out what has nothing to undo, what needs a failback, and restoration itself', () => {
    expect(undoOrder(plan)).not.toContain('promote');
    expect(undoOrder(plan)).not.toContain('look');
    expect(undoOrder(plan)).not.toContain('back');
  });

  it('names what was created last, also where only the way back makes it go', () => {
    const over = plannedStep('over', { undo: 'failback', changesDataRoles: true, creates: ['/machines/away'] });
    const home = plannedStep('home', { phase: 'restoration', undo: 'failback', changesDataRoles: true });
    expect(undoOrder(planOf(plannedStep('quick', { undo: 'reversible' }), over, home))).toEqual(['quick', 'over']);
  });

  it('names what only the way back makes go before everything else that was created', () => {
    const over = plannedStep('over', { undo: 'failback', changesDataRoles: true, creates: ['/machines/away'] });
    const restore = plannedStep('restore', { creates: ['/servers/a'], undo: 'reversible', forecastMs: 9000 });
    expect(undoOrder(planOf(over, restore))).toEqual(['over', 'restore']);
  });

  it('takes a step back before the steps that it needed', () => {
    const chain = planOf(
      ...['a', 'b', 'c'].map((id, index) =>
        plannedStep(id, { undo: 'reversible', needs: index === 0 ? [] : ['abc'.charAt(index - 1)] }),
      ),
    );
    expect(undoOrder(chain)).toEqual(['c', 'b', 'a']);
  });
});

describe('restorationOrder', () => {
  it('lists the explicit steps in an order that their needs allow', () => {
    expect(restorationOrder(plan)).toEqual(['reseed', 'back']);
  });
});

describe('dataRoleChanges', () => {
  it('names the recovery steps that undo never goes past', () => {
    expect(dataRoleChanges(plan)).toEqual(['promote']);
  });
});
