import { isWithin } from '../model/resource-id.ts';
import type { Plan } from './plan.ts';

/** What tells whether two runs can get in each other's way. */
export type Footed = Pick<Plan, 'scope' | 'steps'>;

/** Full ARM ids of everything that a run may write to or disturb. Not each once. */
const footprint = ({ scope, steps }: Footed): readonly string[] => [
  ...scope,
  ...steps.flatMap(({ writes, creates = [], reach = [] }) => [...writes, ...creates, ...reach]),
];

/** The first resource of `plan` that a run of `other` may touch too; undefined when they keep apart. */
export function sharedResource(plan: Footed, other: Footed): string | undefined {
  const theirs = footprint(other);
  return footprint(plan).find((id) => theirs.some((their) => isWithin(id, their) || isWithin(their, id)));
}
