// The plan as numbers: compiled once, never part of a snapshot.
import type { StepPhase } from '../model/phase.ts';
import { STEP_PHASES } from '../model/phase.ts';
import { compileGraph } from '../plan/graph.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';

export interface Compiled {
  readonly plan: Plan;
  readonly steps: readonly PlannedStep[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Indices of the steps of each phase, in file order. */
  readonly phases: Readonly<Record<StepPhase, readonly number[]>>;
  /** What verification waits for beside its steps: an answer for each probe and canary. */
  readonly answers: ReadonlySet<string>;
  /** Indices of the steps that wait for a step. */
  readonly successors: readonly (readonly number[])[];
  /** How many steps each step waits for. */
  readonly indegree: readonly number[];
}

export function compile(plan: Plan): Compiled {
  const indexOf = new Map(plan.steps.map(({ id }, index) => [id, index]));
  const place = (id: string) => indexOf.get(id) ?? -1;
  const successors: number[][] = plan.steps.map(() => []);
  const indegree: number[] = plan.steps.map(() => 0);
  for (const phase of STEP_PHASES) {
    const graph = compileGraph(plan.steps.filter((step) => step.phase === phase));
    for (const [id, followers] of graph.successors) successors[place(id)] = followers.map(place);
    for (const [id, degree] of graph.indegree) indegree[place(id)] = degree;
  }
  const of = (phase: StepPhase) => plan.steps.flatMap((step, index) => (step.phase === phase ? [index] : []));
  const phases = {
    disruption: of('disruption'),
    recovery: of('recovery'),
    verification: of('verification'),
    restoration: of('restoration'),
  };
  const answers = new Set([
    ...plan.probes.map(({ id }) => probeAnswer(id)),
    ...plan.canaries.map(({ id }) => canaryAnswer(id)),
  ]);
  return { plan, steps: plan.steps, indexOf, phases, answers, successors, indegree };
}

export const pageAnswer = (step: string, attempt: number, item: number): string => `page:${step}:${attempt}:${item}`;
/** A probe and a canary may bear the same name. */
export const probeAnswer = (probe: string): string => `probe:${probe}`;
export const canaryAnswer = (canary: string): string => `canary:${canary}`;
