import { isWithin } from '../model/resource-id.ts';
import type { Plan } from './plan.ts';

/** One resource that the drill may change. `writers` is empty when it is in scope and no step writes to it. */
export interface Reached {
  /** Full ARM id. */
  readonly resource: string;
  /** Ids of steps and canaries, in plan order. */
  readonly writers: readonly string[];
}

/** Everything that the drill may write to: first what is written, then what is in scope beside it. ARM ids differ in more than case. */
export function blastRadius(plan: Pick<Plan, 'steps' | 'canaries' | 'scope'>): readonly Reached[] {
  const reached = new Map<string, { resource: string; writers: string[] }>();
  for (const { id, writes = [] } of [...plan.canaries, ...plan.steps])
    for (const resource of writes) {
      const key = resource.toLowerCase();
      const entry = reached.get(key) ?? { resource, writers: [] };
      reached.set(key, { ...entry, writers: [...entry.writers, id] });
    }
  const written = [...reached.values()];
  const untouched = plan.scope.filter((owner) => !written.some(({ resource }) => isWithin(resource, owner)));
  return [...written, ...untouched.map((resource) => ({ resource, writers: [] }))];
}
