// Whether the checks of a drill were seen red before it, where that was asked for.
import type { EventOf, ProvedCheck } from './events.ts';

interface Wanted {
  readonly opened: Pick<EventOf<'run.opened'>, 'proveChecks'> | undefined;
  readonly proof: EventOf<'checks.proved'> | undefined;
  readonly plan: {
    readonly steps: readonly { readonly id: string; readonly kind: string; readonly page?: unknown }[];
  };
}

/** Why the run may not go on, a line for each reason with the checks that it keeps; empty when nobody asked for a proof, or every check of the plan has one. */
export function unprovedChecks({ opened, proof, plan }: Wanted): readonly string[] {
  if (opened?.proveChecks !== true) return [];
  if (proof === undefined) return ['the checks were to be proved, and no proof is on record'];
  // What people answer is their own judgement and no check.
  const open = plan.steps
    .filter(({ kind, page }) => kind === 'check' && page === undefined)
    .map(({ id }) => ({ id, found: proof.checks.find(({ step }) => step === id) }))
    .flatMap(({ id, found }) => {
      const problem = whyUnproved(found);
      return problem === undefined ? [] : [{ id, problem }];
    });
  return [...new Set(open.map(({ problem }) => problem))].map((problem) => {
    const ids = open.filter((one) => one.problem === problem).map(({ id }) => id);
    return `${ids.length === 1 ? 'check' : 'checks'} ${ids.join(', ')} ${ids.length === 1 ? 'is' : 'are'} not proved: ${problem}`;
  });
}

/** Undefined: the check was seen red on each thing that it claims to find. The word alone that it was is not believed. */
export function whyUnproved(found: ProvedCheck | undefined): string | undefined {
  if (found?.proved !== true) return found?.problem ?? 'no proof of it is on record';
  const { claims } = found;
  const isRed = claims.length > 0 && claims.every(({ plants }) => plants.some(({ red }) => red));
  return isRed ? undefined : 'nothing on record shows it red on each of its claims';
}
