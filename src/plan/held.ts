import { isWithin } from '../model/resource-id.ts';
import { createdBySteps } from './created.ts';
import type { Plan } from './plan.ts';

/**
 * Full ARM ids, each once, of which every fact must be at the end what it was at the baseline: the scope, and what steps write to inside it.
 * A scope may name a resource group, and then all that lies in it is held too, or a vault, whose own facts say nothing of what lies in it. What
 * the drill makes is held to being gone.
 */
export function heldToBaseline({ scope, steps }: Pick<Plan, 'scope' | 'steps'>): readonly string[] {
  const created = createdBySteps({ steps });
  const isMade = (id: string) => created.some((owner) => isWithin(id, owner));
  const written = eachOnce(steps.flatMap(({ writes }) => writes)).filter((id) => !isMade(id));
  return eachOnce([...scope, ...written]);
}

/** The first spelling of each id. */
const eachOnce = (ids: readonly string[]): readonly string[] =>
  [...Map.groupBy(ids, (id) => id.toLowerCase()).values()].flatMap((same) => same.slice(0, 1));
