import type { Plan } from './plan.ts';

/**
 * The plan of a child in which people declare instead of the drill itself. Gives a problem where there is nothing to declare, or people
 * declare already: a parent does not choose who they are. `timeoutMs`: how long they are waited for.
 */
export function declaredByPeople(
  plan: Plan,
  roles: readonly string[],
  timeoutMs: number,
): Plan | { readonly problem: string } {
  if (!plan.declaration.automatic)
    return {
      problem: `expected a child drill that declares by itself, found that ${plan.declaration.roles.join(' or ')} declares`,
    };
  if (!plan.steps.some(({ phase }) => phase === 'disruption'))
    return { problem: 'expected a child drill with a disruption to declare, found none' };
  return { ...plan, declaration: { automatic: false, roles, timeoutMs } };
}
