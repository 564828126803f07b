import { describe, expect, it } from 'vitest';
import { blastRadius } from '../../src/plan/blast-radius.ts';
import { plannedStep, planOf } from './planned-step.ts';

const id = (name: string) =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/trafficManagerProfiles/${name}`;

describe('blastRadius', () => {
  it('names every written resource once, with all of its writers', () => {
    const plan = planOf(
      plannedStep('a', { writes: [id('one')] }),
      plannedStep('b', { writes: [id('ONE'), id('two')] }),
      plannedStep('c'),
    );
    expect(blastRadius(plan)).toEqual([
      { resource: id('one'), writers: ['a', 'b'], disturbers: [] },
      { resource: id('two'), writers: ['b'], disturbers: [] },
    ]);
  });

  it('counts the writes of canaries', () => {
    const canary = { id: 'rows', system: 's', uses: 'u', with: {}, everyMs: 20, writes: [id('one')] };
    expect(blastRadius({ ...planOf(), canaries: [canary] })).toEqual([
      { resource: id('one'), writers: ['rows'], disturbers: [] },
    ]);
  });

  it('names what is in scope and not written, but not the owner of what is written', () => {
    const plan = planOf(plannedStep('a', { writes: [`${id('one')}/azureEndpoints/x`] }));
    expect(blastRadius({ ...plan, scope: [id('one'), id('two')] })).toEqual([
      { resource: `${id('one')}/azureEndpoints/x`, writers: ['a'], disturbers: [] },
      { resource: id('two'), writers: [], disturbers: [] },
    ]);
  });

  it('names what a fault reaches, beside what is written', () => {
    const plan = planOf(
      plannedStep('lose', { phase: 'disruption', kind: 'fault', reach: [id('one'), id('THREE')] }),
      plannedStep('a', { writes: [id('one'), id('two')] }),
    );
    expect(blastRadius({ ...plan, scope: [id('one'), id('three')] })).toEqual([
      { resource: id('one'), writers: ['a'], disturbers: ['lose'] },
      { resource: id('two'), writers: ['a'], disturbers: [] },
      { resource: id('THREE'), writers: [], disturbers: ['lose'] },
    ]);
  });
});
