// What a drill makes is removed again, whatever happens. So it must be known before, be nobody else's, and stand nowhere in what people use.
import { GROUP_TYPE, isWithin, parseResourceId, sameResource } from '../model/resource-id.ts';
import { allowedBy, describeResource } from './check-scope.ts';
import { fillKnown, isOpen } from './expression-context.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';
import { createdBy } from './writes.ts';

/** Steps that make resources stand under recovery, where they are taken back; each makes something of its own, outside the scope. */
export function checkCreates(subject: Subject): readonly Issue[] {
  const seen: string[] = [];
  return subject.steps.flatMap((placed) => wrongCreation(placed, subject, seen));
}

/** `seen`: what steps before it make; it is added to. */
function wrongCreation({ step, phase, path }: PlacedStep, subject: Subject, seen: string[]): readonly Issue[] {
  const action = subject.catalogue.actions.get(step.uses);
  const made = action === undefined ? [] : createdBy(action, fillKnown(step.with, subject.context));
  if (made.length === 0) return [];
  const issue = (message: string): Issue => ({ path: [...path, 'with'], message });
  const misplaced =
    phase === 'recovery'
      ? []
      : [
          {
            path: [...path, 'uses'],
            message: `expected what the drill creates under recovery, found it under ${phase}`,
          },
        ];
  const { inScope, resources } = allowedBy(subject);
  const issues = made.flatMap((id) => {
    if (isOpen(id))
      return [issue(`expected the name of what is created to be known when the plan is made, found ${id}`)];
    const used = inScope.find((owner) => isWithin(id, owner) || isWithin(owner, id));
    if (used !== undefined)
      return [
        issue(
          `expected a new resource, found ${describeResource(id, resources)}, which is in scope and stands before the drill`,
        ),
      ];
    return seen.some((other) => overlap(id, other))
      ? [issue(`expected each resource to be created once, found ${describeResource(id, resources)} again`)]
      : [];
  });
  seen.push(...made);
  return [...misplaced, ...issues];
}

/** A resource may be made in a resource group that an earlier step makes: it is removed before the group is. */
function overlap(id: string, earlier: string): boolean {
  if (sameResource(id, earlier) || isWithin(earlier, id)) return true;
  return isWithin(id, earlier) && parseResourceId(earlier)?.type !== GROUP_TYPE;
}
