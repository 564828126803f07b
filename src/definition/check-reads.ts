// What a drill looks at by its ARM id it names among its resources, so that whoever reads the file knows all of it.
import { isWithin } from '../model/resource-id.ts';
import { fillKnown, isOpen, resolveResources } from './expression-context.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';

/** An id that a step leaves open, such as that of a server which another step makes, is not known yet and passes. */
export function checkReads(subject: Subject): readonly Issue[] {
  const named = Object.values(resolveResources(subject.definition, subject.environment?.subscription));
  return subject.steps.flatMap((placed) => readsElsewhere(placed, subject, named));
}

function readsElsewhere({ step, path }: PlacedStep, subject: Subject, named: readonly string[]): readonly Issue[] {
  const action = subject.catalogue.actions.get(step.uses);
  const filled = fillKnown(step.with, subject.context);
  const parsed = action?.input.safeParse(filled);
  if (parsed?.success !== true) return [];
  return (action?.reads?.(parsed.data) ?? [])
    .filter((id) => !isOpen(id) && !named.some((owner) => isWithin(id, owner)))
    .map((id) => {
      const key = Object.entries(filled ?? {}).find(([, value]) => value === id)?.[0];
      const at = [...path, 'with', ...(key === undefined ? [] : [key])];
      return { path: at, message: `expected the id of one of the drill's resources, found "${id}"` };
    });
}
