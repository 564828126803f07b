// Steps of one phase as a graph that can be counted down: who waits for whom, and what can run together.
import assert from 'node:assert/strict';

/** A step and the steps that must have succeeded before it. */
export interface GraphNode {
  readonly id: string;
  readonly needs: readonly string[];
}

export interface Graph {
  /** Steps that wait for a step, in file order. */
  readonly successors: ReadonlyMap<string, readonly string[]>;
  /** How many different steps a step waits for. */
  readonly indegree: ReadonlyMap<string, number>;
  /** Wave 1 needs nothing; every other step stands one wave after the last of its needs. File order within a wave. */
  readonly waves: readonly (readonly string[])[];
}

/**
 * Compiles the `needs` of one phase. Takes time in proportion to steps and needs, and does not recurse. The definition was checked:
 * an unknown need or a cycle is a bug and throws an AssertionError.
 */
export function compileGraph(nodes: readonly GraphNode[]): Graph {
  const successors = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  const indegree = new Map<string, number>();
  for (const { id, needs } of nodes) {
    const distinct = new Set(needs);
    indegree.set(id, distinct.size);
    for (const need of distinct) {
      const followers = successors.get(need);
      assert(followers, `step ${id} needs ${need}, which is no step of its phase`);
      followers.push(id);
    }
  }
  return { successors, indegree, waves: countDown(nodes, successors, indegree) };
}

function countDown(
  nodes: readonly GraphNode[],
  successors: ReadonlyMap<string, readonly string[]>,
  indegree: ReadonlyMap<string, number>,
): readonly (readonly string[])[] {
  const place = new Map(nodes.map(({ id }, index) => [id, index]));
  const inFileOrder = (a: string, b: string) => (place.get(a) ?? 0) - (place.get(b) ?? 0);
  const open = new Map(indegree);
  const waves: string[][] = [];
  let wave = nodes.filter(({ id }) => indegree.get(id) === 0).map(({ id }) => id);
  while (wave.length > 0) {
    waves.push(wave);
    wave = wave
      .flatMap((id) => (successors.get(id) ?? []).filter((follower) => release(open, follower)))
      .sort(inFileOrder);
  }
  const reached = waves.reduce((count, ids) => count + ids.length, 0);
  assert.equal(reached, nodes.length, 'steps need each other in a circle');
  return waves;
}

/** Counts one need of `id` as met; true when it was the last. */
function release(open: Map<string, number>, id: string): boolean {
  const left = (open.get(id) ?? 0) - 1;
  open.set(id, left);
  return left === 0;
}
