import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criticalPath, criticalTimes, phasePaths } from '../../src/plan/critical-path.ts';
import { acyclicGraph, type RandomNode } from '../definition/random-graph.ts';
import { SEED } from '../definition/seed.ts';
import { plannedStep, planOf } from './planned-step.ts';

describe('criticalTimes', () => {
  it('adds a forecast to the longest of what follows', () => {
    const times = criticalTimes([
      { id: 'a', needs: [], forecastMs: 10 },
      { id: 'short', needs: ['a'], forecastMs: 1 },
      { id: 'long', needs: ['a'], forecastMs: 100 },
      { id: 'end', needs: ['short', 'long'], forecastMs: 5 },
    ]);
    expect(Object.fromEntries(times)).toEqual({ a: 115, short: 6, long: 105, end: 5 });
  });

  it(`is the longest of all chains (seed ${SEED})`, () => {
    const property = fc.property(acyclicGraph(), (nodes) => {
      const times = criticalTimes(nodes);
      const longest = chainsFrom(nodes);
      for (const { id } of nodes) expect(times.get(id)).toBe(longest(id));
    });
    fc.assert(property, { seed: SEED });
  });
});

/** The same by the definition itself, with a memory so that it ends. */
function chainsFrom(nodes: readonly RandomNode[]): (id: string) => number {
  const known = new Map<string, number>();
  const longest = (id: string): number => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const own = nodes.find((node) => node.id === id)?.forecastMs ?? 0;
    const after = nodes.filter((node) => node.needs.includes(id)).map((node) => longest(node.id));
    known.set(id, own + Math.max(0, ...after));
    return own + Math.max(0, ...after);
  };
  return longest;
}

describe('criticalPath', () => {
  const plan = planOf(
    plannedStep('lose', { phase: 'disruption', forecastMs: 5, criticalMs: 5 }),
    plannedStep('promote', { forecastMs: 20, criticalMs: 22 }),
    plannedStep('other', { forecastMs: 10, criticalMs: 10 }),
    plannedStep('steer', { needs: ['promote'], forecastMs: 2, criticalMs: 2 }),
  );

  it('joins the longest chains of the phases, which follow each other', () => {
    expect(criticalPath(plan)).toEqual({ steps: ['lose', 'promote', 'steer'], forecastMs: 27 });
  });

  it('is told for each phase that has steps', () => {
    expect(phasePaths(plan)).toEqual([
      { phase: 'disruption', steps: ['lose'], forecastMs: 5 },
      { phase: 'recovery', steps: ['promote', 'steer'], forecastMs: 22 },
    ]);
  });

  it('is empty without steps', () => {
    expect(criticalPath(planOf())).toEqual({ steps: [], forecastMs: 0 });
  });
});
