import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycles } from '../../src/definition/find-cycles.ts';
import { acyclicGraph, anyGraph } from './random-graph.ts';
import { SEED } from './seed.ts';

describe('findCycles', () => {
  it('names a cycle node by node, each needing the next', () => {
    const nodes = [
      { id: 'a', needs: ['b'] },
      { id: 'b', needs: ['c'] },
      { id: 'c', needs: ['a'] },
      { id: 'd', needs: ['a'] },
    ];
    expect(findCycles(nodes)).toEqual([['a', 'b', 'c', 'a']]);
  });

  it('finds a step that needs itself', () => {
    expect(findCycles([{ id: 'a', needs: ['a'] }])).toEqual([['a', 'a']]);
  });

  it('finds every one of several separate cycles', () => {
    const nodes = [
      { id: 'a', needs: ['b'] },
      { id: 'b', needs: ['a'] },
      { id: 'x', needs: ['y', 'a'] },
      { id: 'y', needs: ['x'] },
    ];
    expect(findCycles(nodes)).toEqual([
      ['a', 'b', 'a'],
      ['x', 'y', 'x'],
    ]);
  });

  it('ignores needs that name nothing', () => {
    expect(findCycles([{ id: 'a', needs: ['ghost'] }])).toEqual([]);
  });

  it('walks 100,000 steps in a row without running out of stack', () => {
    const nodes = Array.from({ length: 100_000 }, (_, index) => ({
      id: `${index}`,
      needs: index === 99_999 ? [] : [`${index + 1}`],
    }));
    expect(findCycles(nodes)).toEqual([]);
    expect(findCycles([...nodes.slice(0, -1), { id: '99999', needs: ['0'] }])[0]).toHaveLength(100_001);
  });

  it(`finds none in acyclic graphs (seed ${SEED})`, () => {
    fc.assert(
      fc.property(acyclicGraph(), (nodes) => findCycles(nodes).length === 0),
      { seed: SEED },
    );
  });

  it(`names only true cycles, and at least one wherever there is one (seed ${SEED})`, () => {
    const property = fc.property(anyGraph(), (nodes) => {
      const needs = new Map(nodes.map((node) => [node.id, node.needs]));
      const cycles = findCycles(nodes);
      for (const cycle of cycles) {
        expect(cycle[0]).toBe(cycle.at(-1));
        for (const [index, id] of cycle.slice(0, -1).entries()) expect(needs.get(id)).toContain(cycle[index + 1]);
      }
      // Taking away nodes that need nothing leaves something exactly when there is a cycle.
      expect(cycles.length > 0).toBe(peel(needs) > 0);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});

function peel(needs: ReadonlyMap<string, readonly string[]>): number {
  const left = new Set(needs.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const id of left) if (!needs.get(id)?.some((need) => left.has(need))) left.delete(id);
  }
  return left.size;
}
