// What a fault hits need not be written to. Whoever approves a drill sees all of it, because all of it stands in scope; and what stands
// in scope must be there before the disruption and have every fact of the baseline again after it.
import type { Environment } from '../model/environment.ts';
import { isWithin } from '../model/resource-id.ts';
import { allowedBy, describeResource } from './check-scope.ts';
import { fillKnown, isOpen, readsSteps } from './expression-context.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';
import { reachOf } from './writes.ts';

/** A disruption has a scope, and no step reaches beyond it. What lies where, the environment alone knows. */
export function checkReach(subject: Subject): readonly Issue[] {
  const { definition, environment, steps } = subject;
  if (definition.scope.length === 0)
    return definition.disruption.map((_, index) => ({
      path: ['disruption', index, 'uses'],
      message: 'expected a scope before anything is disrupted, found an empty one',
    }));
  return environment === undefined ? [] : steps.flatMap((placed) => outsideReach(placed, subject, environment));
}

function outsideReach({ step, path }: PlacedStep, subject: Subject, environment: Environment): readonly Issue[] {
  const action = subject.catalogue.actions.get(step.uses);
  const filled = fillKnown(step.with, subject.context);
  if (action?.reach === undefined) return [];
  const issue = (message: string) => [{ path: [...path, 'with'], message }];
  const waiting = Object.values(filled ?? {}).find((value) => typeof value === 'string' && readsSteps(value));
  if (waiting !== undefined)
    return issue(`expected a fault whose reach is known when the plan is made, found ${waiting}`);
  // What is open or wrong in any other way is reported where it stands.
  if (isOpen(filled) || !action.input.safeParse(filled).success) return [];
  const reach = reachOf(action, filled, environment);
  if (reach.length === 0)
    return issue(`expected a fault that reaches something of ${environment.name}, found that it reaches nothing there`);
  const { inScope, scope, resources } = allowedBy(subject);
  return reach
    .filter((id) => !inScope.some((owner) => isWithin(id, owner)))
    .flatMap((id) =>
      issue(
        `expected a fault that stays inside scope (${scope}), found that it reaches ${describeResource(id, resources)}`,
      ),
    );
}
