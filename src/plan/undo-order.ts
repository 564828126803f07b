// What is taken back, and in which order, as far as that can be known before the run: its own order of completion decides then.
import { phaseGraphs } from './phase-graphs.ts';
import type { Plan, PlannedStep } from './plan.ts';

/**
 * Steps in the order of their undo after everything ran: the disruption ends first, then reversible recovery steps are taken back, each in
 * reverse order of forecast completion, and what was created is removed last: first what only the way back makes go. Recovery is undone
 * only after a failure or an abort, and not past a change of data roles: what needs such a change is never taken back, so that it is not
 * listed.
 */
export function undoOrder(plan: Pick<Plan, 'steps'>): readonly string[] {
  const newestFirst = byCompletion(plan).toReversed();
  const completed = newestFirst.filter((step) => step.undo === 'reversible');
  const behind = behindDataRoleChange(plan);
  const disruption = completed.filter((step) => step.phase === 'disruption');
  const recovery = completed.filter((step) => step.phase === 'recovery' && !behind.has(step.id) && !step.creates);
  const creators = newestFirst.filter((step) => step.phase === 'recovery' && step.creates !== undefined);
  const waiting = creators.filter(({ undo }) => undo === 'failback');
  const removed = creators.filter(({ undo }) => undo !== 'failback');
  return [...disruption, ...recovery, ...waiting, ...removed].map(({ id }) => id);
}

/** Recovery steps that run only once the data roles have changed. */
function behindDataRoleChange(plan: Pick<Plan, 'steps'>): ReadonlySet<string> {
  const changes = new Set(dataRoleChanges(plan));
  const behind = new Set<string>();
  // In forecast order of completion a step comes after everything that it needs.
  for (const { id, needs } of byCompletion(plan))
    if (needs.some((need) => changes.has(need) || behind.has(need))) behind.add(id);
  return behind;
}

/** The explicit restoration steps in an order that their needs allow: wave by wave. */
export function restorationOrder(plan: Pick<Plan, 'steps'>): readonly string[] {
  return phaseGraphs(plan).flatMap(({ phase, graph }) => (phase === 'restoration' ? graph.waves.flat() : []));
}

/** Recovery steps after which traffic must not go back: another copy of the data is the one that is written. */
export const dataRoleChanges = (plan: Pick<Plan, 'steps'>): readonly string[] =>
  plan.steps.filter((step) => step.phase === 'recovery' && step.changesDataRoles).map(({ id }) => id);

/** Steps in the order in which their forecasts end, phase by phase. */
function byCompletion(plan: Pick<Plan, 'steps'>): readonly PlannedStep[] {
  return phaseGraphs(plan).flatMap(({ steps, graph }) => {
    const byId = new Map(steps.map((step) => [step.id, step]));
    const inOrder = graph.waves.flat().flatMap((id) => byId.get(id) ?? []);
    const ends = new Map<string, number>();
    for (const { id, needs, forecastMs } of inOrder)
      ends.set(id, forecastMs + needs.reduce((latest, need) => Math.max(latest, ends.get(need) ?? 0), 0));
    return inOrder.toSorted((a, b) => (ends.get(a.id) ?? 0) - (ends.get(b.id) ?? 0));
  });
}
