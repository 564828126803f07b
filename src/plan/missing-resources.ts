import type { Environment, PlacedResource } from '../model/environment.ts';
import { isWithin, parseResourceId, type ResourceId, sameResource } from '../model/resource-id.ts';
import { suggest } from '../model/suggest.ts';
import { createdBySteps } from './created.ts';
import type { Plan } from './plan.ts';

/**
 * Names resources of a drill that neither stand in its environment nor are made by a step. An environment tells what lies in its regions,
 * and not of every type: of one of which it tells nothing, nothing is missed. Preflight looks at the resources themselves.
 */
export function missingResources(
  plan: Pick<Plan, 'resources' | 'steps'>,
  { name, resources }: Pick<Environment, 'name' | 'resources'>,
): readonly string[] {
  const made = createdBySteps(plan);
  return Object.entries(plan.resources).flatMap(([key, id]) => {
    const wanted = parseResourceId(id);
    if (wanted === undefined || made.some((creation) => makes(creation, id, wanted))) return [];
    const ofType = resources.filter((placed) => isOfType(placed.id, wanted));
    if (ofType.length === 0 || ofType.some((placed) => sameResource(placed.id, id))) return [];
    return [`expected the resource ${key} in ${name}, or a step that makes it, found no ${inWords(wanted, ofType)}`];
  });
}

const isOfType = (id: string, { type }: ResourceId) => sameResource(parseResourceId(id)?.type ?? '', type);

/** Some names are the service's to make: of such a type, any may be the one. */
const makes = (creation: string, id: string, wanted: ResourceId) =>
  isWithin(id, creation) || (creation.endsWith('*') && isOfType(creation, wanted));

function inWords({ type, name, group }: ResourceId, ofType: readonly PlacedResource[]): string {
  const names = ofType.map(({ id }) => parseResourceId(id)?.name ?? '');
  const { suggestion } = suggest(name, names);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${type.split('/').at(-1)} "${name}" in group ${group}${hint}`;
}
