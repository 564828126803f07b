import type { StepPhase } from '../model/phase.ts';
import { blastRadius, type Reached } from './blast-radius.ts';
import { type CriticalPath, criticalPath } from './critical-path.ts';
import { planDigest } from './digest.ts';
import { parentSteps } from './family.ts';
import { phaseGraphs } from './phase-graphs.ts';
import type { Plan } from './plan.ts';
import { restorationOrder, undoOrder } from './undo-order.ts';

/** What `plan --json` prints: the plan, and what can be read off it. */
export interface PlanDocument {
  readonly plan: Plan;
  readonly digest: string;
  /** Step ids that can run together, phase by phase. */
  readonly waves: readonly { readonly phase: StepPhase; readonly waves: readonly (readonly string[])[] }[];
  readonly criticalPath: CriticalPath;
  readonly undoOrder: readonly string[];
  readonly restorationOrder: readonly string[];
  readonly blastRadius: readonly Reached[];
  readonly permissions: readonly string[];
  /** The same of each child drill; absent: there is none. */
  readonly children?: readonly (Omit<PlanDocument, 'plan'> & { readonly step: string; readonly file: string })[];
}

/** The plan as data for other programs. */
export function planDocument(plan: Plan): PlanDocument {
  return { plan, ...readOff(plan) };
}

function readOff(plan: Plan): Omit<PlanDocument, 'plan'> {
  const children = parentSteps(plan).map(({ id, child }) => ({ step: id, file: child.file, ...readOff(child.plan) }));
  return {
    digest: planDigest(plan),
    waves: phaseGraphs(plan).map(({ phase, graph }) => ({ phase, waves: graph.waves })),
    criticalPath: criticalPath(plan),
    undoOrder: undoOrder(plan),
    restorationOrder: restorationOrder(plan),
    blastRadius: blastRadius(plan),
    permissions: plan.permissions,
    ...(children.length > 0 && { children }),
  };
}
