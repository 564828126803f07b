/** What a graph is made of: a node, and the nodes that must come before it. */
export interface Node {
  readonly id: string;
  readonly needs: readonly string[];
}

/**
 * Cycles of `needs`, each as `[a, b, c, a]` where every node needs the next one; no two share a node. Empty when the graph has none.
 * Needs that name no node are ignored. Takes time in proportion to nodes and edges, and does not recurse.
 */
export function findCycles(nodes: readonly Node[]): readonly (readonly string[])[] {
  const needs = new Map(nodes.map((node) => [node.id, node.needs]));
  const settled = new Set<string>();
  return nodes.flatMap(({ id }) => cyclesFrom(id, needs, settled));
}

/** A walk in depth along needs. Meeting a node of the present walk closes a cycle; its nodes are then left alone. */
function cyclesFrom(start: string, needs: ReadonlyMap<string, readonly string[]>, settled: Set<string>): string[][] {
  const cycles: string[][] = [];
  const walk: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
  const depthOf = new Map([[start, 0]]);
  for (let top = walk.at(-1); top !== undefined && !settled.has(start); top = walk.at(-1)) {
    const need = needs.get(top.id)?.[top.next];
    top.next += 1;
    if (need === undefined) leave(walk, depthOf, settled);
    else if (depthOf.has(need)) cycles.push(close(walk, depthOf, settled, need));
    else if (needs.has(need) && !settled.has(need)) {
      depthOf.set(need, walk.length);
      walk.push({ id: need, next: 0 });
    }
  }
  return cycles;
}

type Walk = { readonly id: string; next: number }[];

function leave(walk: Walk, depthOf: Map<string, number>, settled: Set<string>): void {
  const done = walk.pop();
  if (done === undefined) return;
  depthOf.delete(done.id);
  settled.add(done.id);
}

function close(walk: Walk, depthOf: Map<string, number>, settled: Set<string>, first: string): string[] {
  const ids = walk.slice(depthOf.get(first)).map(({ id }) => id);
  for (const _ of ids) leave(walk, depthOf, settled);
  return [...ids, first];
}
