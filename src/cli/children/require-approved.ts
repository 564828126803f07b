import { childOf } from '../../definition/check-children.ts';
import { UsageError } from '../../model/errors.ts';
import { planDigest } from '../../plan/digest.ts';
import type { Plan, PlannedChild } from '../../plan/plan.ts';
import { catalogue } from '../../providers/catalogue.ts';
import { planAgain } from '../compose.ts';
import type { Workspace } from '../workspace.ts';

interface Parent {
  readonly plan: Plan;
  readonly workspace: Workspace;
}

/** Refuses a child whose plan, as its file and its world say it now, is no longer the one that was approved. Throws UsageError `refused`. */
export function requireApproved({ plan, workspace }: Parent, id: string, { file, plan: approved }: PlannedChild): void {
  const step = plan.steps.find((one) => one.id === id);
  const call = childOf(catalogue.actions.get(step?.uses ?? ''), step?.with);
  const refuse = (found: string) =>
    new UsageError(
      'refused',
      `expected ${file} with the plan ${planDigest(approved)} that was approved, found ${found}`,
    );
  if (call === undefined) throw refuse('no drill');
  // A child on its parent's environment was planned for that one, else for its own.
  const shared = plan.environment.name === approved.environment.name ? plan.environment.name : undefined;
  const now = planAgain({ parent: plan.drill, step: id, call }, shared, workspace);
  if ('problem' in now) throw refuse(now.problem);
  if (planDigest(now.plan) !== planDigest(approved)) throw refuse(`plan ${planDigest(now.plan)}`);
}
