import * as fc from 'fast-check';

export interface RandomNode {
  readonly id: string;
  readonly needs: readonly string[];
  readonly forecastMs: number;
}

/** Acyclic graphs of up to 60 nodes: a node needs only nodes with a smaller number; the list is then shuffled. */
export const acyclicGraph = (): fc.Arbitrary<readonly RandomNode[]> =>
  fc
    .integer({ min: 0, max: 60 })
    .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => node(index))))
    .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

const node = (index: number): fc.Arbitrary<RandomNode> =>
  fc.record({
    id: fc.constant(`n${index}`),
    needs: fc
      .uniqueArray(fc.integer({ min: 0, max: Math.max(0, index - 1) }), { maxLength: Math.min(index, 4) })
      .map((needed) => {
        return needed.map((number) => `n${number}`);
      }),
    forecastMs: fc.integer({ min: 0, max: 100_000 }),
  });

/** Graphs in which anything may need anything, itself included. */
export const anyGraph = (): fc.Arbitrary<readonly RandomNode[]> =>
  fc.integer({ min: 1, max: 25 }).chain((size) => {
    const name = fc.integer({ min: 0, max: size - 1 }).map((number) => `n${number}`);
    const needs = fc.uniqueArray(name, { maxLength: 3 });
    return fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        fc.record({ id: fc.constant(`n${index}`), needs, forecastMs: fc.constant(1) }),
      ),
    );
  });
