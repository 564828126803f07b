import { STEP_PHASES, type StepPhase } from '../model/phase.ts';
import { compileGraph, type Graph } from './graph.ts';
import type { Plan, PlannedStep } from './plan.ts';

/** The steps of one phase and their graph. */
export interface PhaseGraph {
  readonly phase: StepPhase;
  readonly steps: readonly PlannedStep[];
  readonly graph: Graph;
}

/** One graph for every phase that has steps, in phase order: a phase starts when the one before it is over. */
export function phaseGraphs(plan: Pick<Plan, 'steps'>): readonly PhaseGraph[] {
  return STEP_PHASES.flatMap((phase) => {
    const steps = plan.steps.filter((step) => step.phase === phase);
    return steps.length === 0 ? [] : [{ phase, steps, graph: compileGraph(steps) }];
  });
}
