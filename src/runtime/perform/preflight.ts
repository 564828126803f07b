// Is everything there, and is nobody else at work? Every finding is named; one is enough to refuse.
import { sameResource } from '../../model/resource-id.ts';
import { createdBySteps } from '../../plan/created.ts';
import { sharedResource } from '../../plan/footprint.ts';
import type { PlannedCanary, PlannedStep } from '../../plan/plan.ts';
import { actionOf, canaryOf, contextOf, type Run } from '../run.ts';
import { bounded } from '../wait.ts';
import { readInventory } from './read-inventory.ts';
import { errorDataOf, hasTemplates, inputOf } from './step-work.ts';

export async function preflight(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const faults = run.plan.steps.filter((step) => step.kind === 'fault' && !hasTemplates(step));
  const looks = [
    missingResources(run, signal),
    ...run.plan.canaries.map((canary) => leftOver(run, canary, signal)),
    ...faults.map((fault) => standing(run, fault, signal)),
  ];
  const findings = [...otherRuns(run), ...(await Promise.all(looks)).flat()];
  if (signal.aborted) return;
  await run.submit({ type: 'preflight.finished', ready: findings.length === 0, findings });
}

/** What must stand and does not, and what must not and does. */
async function missingResources(run: Run, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const items = await readInventory(run, signal);
    const stands = (id: string) => items.some((item) => sameResource(item.id, id) && item.facts['present'] !== false);
    return [
      ...run.plan.scope.filter((id) => !stands(id)).map((id) => `${id}: expected the resource to exist, found none`),
      ...createdBySteps(run.plan)
        .filter(stands)
        .map((id) => `${id}: expected nothing where the drill will create it, found a resource`),
    ];
  } catch (error) {
    return [`the inventory could not be read: ${errorDataOf(error).message}`];
  }
}

async function leftOver(run: Run, canary: PlannedCanary, signal: AbortSignal): Promise<readonly string[]> {
  const what = `looking for left-overs of canary ${canary.id}`;
  try {
    const part = canaryOf(run, canary);
    const found = await bounded({ ms: run.limits.preflightMs, signal, what }, async (own) =>
      part.leftOvers(part.input.parse(canary.with), contextOf(run, canary.id, { kind: 'canary', signal: own })),
    );
    return found.map((item) => `canary ${canary.id}: expected nothing of an earlier run, found ${item}`);
  } catch (error) {
    return [`canary ${canary.id}: ${errorDataOf(error).message}`];
  }
}

/** A disruption that stands already is somebody else's: nobody could say when it began, and ending it is not this run's business. */
async function standing(run: Run, fault: PlannedStep, signal: AbortSignal): Promise<readonly string[]> {
  const what = `looking at step ${fault.id}`;
  try {
    const input = inputOf(run, fault);
    const { finding, detail } = await bounded({ ms: run.limits.preflightMs, signal, what }, (own) =>
      actionOf(run, fault).inspect(input, contextOf(run, fault.id, { kind: 'inspect', signal: own })),
    );
    if (finding === 'not-started') return [];
    return [`step ${fault.id}: expected nothing to be disrupted before the drill begins, found ${finding} (${detail})`];
  } catch (error) {
    return [`step ${fault.id}: ${errorDataOf(error).message}`];
  }
}

/** Two drills on the same resources, or one in the reach of the other's faults, would each see the other's disruption. */
function otherRuns({ plan, otherRuns: unfinished }: Run): readonly string[] {
  return (unfinished?.() ?? []).flatMap(({ run, plan: other }) => {
    const shared = sharedResource(plan, other);
    return shared === undefined ? [] : [`run ${run} has not ended and may write to or disturb ${shared}`];
  });
}
