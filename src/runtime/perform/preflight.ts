// Is everything there, and is nobody else at work? Every finding is named; one is enough to refuse.
import type { Inspection } from '../../model/action.ts';
import { unprovedChecks } from '../../model/proved-checks.ts';
import { sameResource } from '../../model/resource-id.ts';
import { createdBySteps } from '../../plan/created.ts';
import type { PlannedCanary, PlannedStep } from '../../plan/plan.ts';
import { actionOf, canaryOf, contextOf, type Run } from '../run.ts';
import { bounded } from '../wait.ts';
import { heldScope } from './held-scope.ts';
import { readInventory } from './read-inventory.ts';
import { errorDataOf, hasTemplates, inputOf, isMissing } from './step-work.ts';

export async function preflight(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  // A check that was never seen red is no evidence: nothing else is looked at then, and no world is needed.
  const unproved = unprovedChecks({ plan: run.plan, opened: run.recall.opened(), proof: run.recall.proof() });
  if (unproved.length > 0)
    return void (await run.submit({ type: 'preflight.finished', ready: false, findings: [...unproved] }));
  const known = run.plan.steps.filter((step) => step.page === undefined && !hasTemplates(step));
  const faults = known.filter(({ kind }) => kind === 'fault');
  const writes = known.filter((step) => step.kind === 'write' && step.writes.length > 0 && !namesCreated(run, step));
  const looks = [
    missingResources(run, signal),
    ...run.plan.canaries.map((canary) => leftOver(run, canary, signal)),
    ...faults.map((fault) => standing(run, fault, signal)),
    ...writes.map((step) => unknown(run, step, signal)),
  ];
  const found = (await Promise.all(looks)).flat();
  // Last, so that as little as can be lies between this look and the record of it.
  const findings = [...(run.ownGround?.() ?? []), ...(await heldScope(run, 0)), ...found];
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
  try {
    const { finding, detail } = await look(run, fault, signal);
    if (finding === 'not-started') return [];
    return [`step ${fault.id}: expected nothing to be disrupted before the drill begins, found ${finding} (${detail})`];
  } catch (error) {
    return [`step ${fault.id}: ${errorDataOf(error).message}`];
  }
}

/** A misspelt name is found here, not in the disaster. What else a look says before the disruption says nothing of the time after it. */
async function unknown(run: Run, step: PlannedStep, signal: AbortSignal): Promise<readonly string[]> {
  try {
    await look(run, step, signal);
    return [];
  } catch (error) {
    return isMissing(error) ? [`step ${step.id}: ${errorDataOf(error).message}`] : [];
  }
}

async function look(run: Run, step: PlannedStep, signal: AbortSignal): Promise<Inspection> {
  const input = inputOf(run, step);
  return bounded({ ms: run.limits.preflightMs, signal, what: `looking at step ${step.id}` }, (own) =>
    actionOf(run, step).inspect(input, contextOf(run, step.id, { attempt: 0, kind: 'inspect', signal: own })),
  );
}

/** What another step will create does not stand yet, so a step that works on it has nothing to see. */
const namesCreated = ({ plan }: Run, step: PlannedStep): boolean => {
  const input = JSON.stringify(step.with).toLowerCase();
  const others = plan.steps.filter(({ id }) => id !== step.id);
  return createdBySteps({ steps: others }).some((id) => input.includes(id.toLowerCase()));
};
