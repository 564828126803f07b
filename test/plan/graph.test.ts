import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGraph } from '../../src/plan/graph.ts';
import { acyclicGraph } from '../definition/random-graph.ts';
import { SEED } from '../definition/seed.ts';

describe('compileGraph', () => {
  it('puts a step one wave after the last of its needs, in file order within a wave', () => {
    const { waves } = compileGraph([
      { id: 'd', needs: ['b', 'c'] },
      { id: 'a', needs: [] },
      { id: 'c', needs: ['a'] },
      { id: 'b', needs: ['a'] },
      { id: 'e', needs: ['a', 'd'] },
      { id: 'f', needs: [] },
    ]);
    expect(waves).toEqual([['a', 'f'], ['c', 'b'], ['d'], ['e']]);
  });

  it('counts a need that is written twice once', () => {
    const { indegree, successors } = compileGraph([
      { id: 'a', needs: [] },
      { id: 'b', needs: ['a', 'a'] },
    ]);
    expect(indegree.get('b')).toBe(1);
    expect(successors.get('a')).toEqual(['b']);
  });

  it('has no waves without steps', () => {
    expect(compileGraph([]).waves).toEqual([]);
  });

  it('throws for what the definition check would have refused', () => {
    expect(() => compileGraph([{ id: 'a', needs: ['ghost'] }])).toThrow(
      'step a needs ghost, which is no step of its phase',
    );
    expect(() => compileGraph([{ id: 'a', needs: ['a'] }])).toThrow('steps need each other in a circle');
  });

  it(`keeps every step once, after all of its needs and as early as they allow (seed ${SEED})`, () => {
    const property = fc.property(acyclicGraph(), (nodes) => {
      const { waves, indegree, successors } = compileGraph(nodes);
      const waveOf = new Map(waves.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
      expect(waves.flat().toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
      for (const { id, needs } of nodes) {
        expect(waveOf.get(id)).toBe(Math.max(-1, ...needs.map((need) => waveOf.get(need) ?? Number.NaN)) + 1);
        expect(indegree.get(id)).toBe(needs.length);
        for (const need of needs) expect(successors.get(need)).toContain(id);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  it('takes 10,000 steps in a row, and 10,000 side by side, without running out of stack or patience', () => {
    const row = Array.from({ length: 10_000 }, (_, index) => ({
      id: `s${index}`,
      needs: index === 0 ? [] : [`s${index - 1}`],
    }));
    const fan = row.map(({ id }, index) => ({ id, needs: index === 0 ? [] : ['s0'] }));
    const startedAt = performance.now();
    expect(compileGraph(row).waves).toHaveLength(10_000);
    expect(compileGraph(fan).waves.map((wave) => wave.length)).toEqual([1, 9_999]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
