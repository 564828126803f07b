// How long it takes when nothing has to wait for a free place: the longest chain of forecasts.
import type { StepPhase } from '../model/phase.ts';
import { compileGraph, type GraphNode } from './graph.ts';
import { phaseGraphs } from './phase-graphs.ts';
import type { Plan } from './plan.ts';

interface Forecasted extends GraphNode {
  readonly forecastMs: number;
}

/** A chain of steps, each needing the one before it, and the sum of their forecasts in milliseconds. */
export interface CriticalPath {
  readonly steps: readonly string[];
  readonly forecastMs: number;
}

/** Longest forecast from the start of each step to the end of its phase, in milliseconds. `steps` are those of one phase. */
export function criticalTimes(steps: readonly Forecasted[]): ReadonlyMap<string, number> {
  const { successors, waves } = compileGraph(steps);
  const forecasts = new Map(steps.map(({ id, forecastMs }) => [id, forecastMs]));
  const times = new Map<string, number>();
  for (const wave of waves.toReversed())
    for (const id of wave) times.set(id, (forecasts.get(id) ?? 0) + longest(successors.get(id) ?? [], times));
  return times;
}

const longest = (ids: readonly string[], times: ReadonlyMap<string, number>) =>
  ids.reduce((most, id) => Math.max(most, times.get(id) ?? 0), 0);

/** The critical path of each phase that has steps. The plan's own `criticalMs` are trusted. */
export function phasePaths(plan: Pick<Plan, 'steps'>): readonly (CriticalPath & { readonly phase: StepPhase })[] {
  return phaseGraphs(plan).map(({ phase, steps, graph }) => {
    const times = new Map(steps.map(({ id, criticalMs }) => [id, criticalMs]));
    const path: string[] = [];
    for (let candidates = graph.waves[0] ?? []; candidates.length > 0; ) {
      const next = candidates.reduce((best, id) => ((times.get(id) ?? 0) > (times.get(best) ?? 0) ? id : best));
      path.push(next);
      candidates = graph.successors.get(next) ?? [];
    }
    return { phase, steps: path, forecastMs: times.get(path[0] ?? '') ?? 0 };
  });
}

/** The critical path of the whole plan: phases follow each other, so theirs are joined. Waiting for people is not forecast. */
export function criticalPath(plan: Pick<Plan, 'steps'>): CriticalPath {
  const paths = phasePaths(plan);
  return {
    steps: paths.flatMap(({ steps }) => steps),
    forecastMs: paths.reduce((sum, { forecastMs }) => sum + forecastMs, 0),
  };
}
