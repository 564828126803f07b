import { isWithin } from '../model/resource-id.ts';
import type { Plan } from './plan.ts';

/** One resource that the drill may change or disturb. Both lists are empty when it is in scope and no step touches it. */
export interface Reached {
  /** Full ARM id. */
  readonly resource: string;
  /** Ids of the steps that make it, in plan order. Absent: it stands before the drill. */
  readonly creators?: readonly string[];
  /** Ids of steps and canaries that write to it, in plan order. */
  readonly writers: readonly string[];
  /** Ids of the faults that reach it, in plan order. */
  readonly disturbers: readonly string[];
}

type Parts = Pick<Plan, 'steps' | 'canaries' | 'scope'>;

/** Everything that the drill may touch: what it makes, what is written, what faults reach beside it, what else is in scope. ARM ids differ in more than case. */
export function blastRadius(plan: Parts): readonly Reached[] {
  const touched = new Map<string, Reached>();
  for (const { id, resource, by } of touches(plan)) {
    const key = resource.toLowerCase();
    const entry = touched.get(key) ?? { resource, writers: [], disturbers: [] };
    touched.set(key, { ...entry, [by]: [...(entry[by] ?? []), id] });
  }
  const reached = [...touched.values()];
  const untouched = plan.scope.filter((owner) => !reached.some(({ resource }) => isWithin(resource, owner)));
  return [...reached, ...untouched.map((resource) => ({ resource, writers: [], disturbers: [] }))];
}

interface Touch {
  readonly id: string;
  readonly resource: string;
  readonly by: 'creators' | 'writers' | 'disturbers';
}

const touches = ({ canaries, steps }: Parts): readonly Touch[] => [
  ...steps.flatMap(({ id, creates = [] }) => creates.map((resource) => ({ id, resource, by: 'creators' as const }))),
  ...[...canaries, ...steps].flatMap(({ id, writes = [] }) =>
    writes.map((resource) => ({ id, resource, by: 'writers' as const })),
  ),
  ...steps.flatMap(({ id, reach = [] }) => reach.map((resource) => ({ id, resource, by: 'disturbers' as const }))),
];
