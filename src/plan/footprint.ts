import { overlap } from '../model/resource-id.ts';
import type { Plan } from './plan.ts';

/** What tells whether two runs can get in each other's way. */
export type Footed = Pick<Plan, 'environment' | 'scope' | 'steps'>;

interface Footprint {
  /** Another twin is another world, although its resources may have the same ids; on Azure an id is one resource, whatever the environment is called. */
  readonly environment: string;
  /** Full ARM id. */
  readonly resource: string;
}

/** Everything that a run and its child runs may write to or disturb. Not each once. */
export function footprints({ environment: { kind, name }, scope, steps }: Footed): readonly Footprint[] {
  const own = [...scope, ...steps.flatMap(({ writes, creates = [], reach = [] }) => [...writes, ...creates, ...reach])];
  return [
    ...own.map((resource) => ({ environment: kind === 'twin' ? `twin ${name}` : kind, resource })),
    ...steps.flatMap(({ child }) => (child === undefined ? [] : footprints(child.plan))),
  ];
}

/** The first resource of `plan` that a run of `other` may touch too; undefined when they keep apart. */
export function sharedResource(plan: Footed, other: Footed): string | undefined {
  const theirs = footprints(other);
  return footprints(plan).find(({ environment, resource }) =>
    theirs.some((their) => their.environment === environment && overlap(resource, their.resource)),
  )?.resource;
}
