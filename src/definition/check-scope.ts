// The blast radius: every write goes to a resource that the file names under scope.
import type { Json } from '../model/json.ts';
import { isWithin, sameResource } from '../model/resource-id.ts';
import { fillKnown, isOpen, readsSteps, resolveResources } from './expression-context.ts';
import { type Issue, orList, type Path } from './problem.ts';
import type { Subject } from './subject.ts';
import { suggest } from './suggest.ts';
import { writesOf } from './writes.ts';

export function checkScope(subject: Subject): readonly Issue[] {
  const { definition, catalogue, steps } = subject;
  const names = Object.keys(definition.resources);
  const unknown = definition.scope.flatMap((name, index) => {
    if (names.includes(name)) return [];
    const message = `expected the name of a resource, found "${name}"`;
    return [{ path: ['scope', index], message, ...suggest(name, names) }];
  });
  const writers = [
    ...steps.map(({ step, path }) => ({ path, with: step.with, taker: catalogue.actions.get(step.uses) })),
    ...definition.canaries.map((canary, index) => ({
      path: ['canaries', index],
      with: canary.with,
      taker: catalogue.canaries.get(canary.uses),
    })),
  ];
  const reach = reachOf(subject);
  const outside = writers.flatMap(({ path, taker, with: given }) => {
    const filled = fillKnown(given, subject.context);
    const writes = taker === undefined ? [] : writesOf(taker, filled);
    return writes.flatMap((write) => outsideScope(write, [...path, 'with'], filled, reach));
  });
  return [...unknown, ...outside];
}

interface Reach {
  readonly resources: Readonly<Record<string, string>>;
  /** ARM ids that may be written to, and their names for messages. */
  readonly inScope: readonly string[];
  readonly scope: string;
}

function reachOf({ definition, environment }: Subject): Reach {
  const resources = resolveResources(definition, environment?.subscription);
  const inScope = definition.scope.flatMap((name) => resources[name] ?? []);
  return { resources, inScope, scope: orList(definition.scope) || 'nothing' };
}

function outsideScope(write: string, path: Path, filled: Json, reach: Reach): readonly Issue[] {
  if (reach.inScope.some((owner) => isWithin(write, owner))) return [];
  const at = [...path, ...(pathTo(write, filled) ?? [])];
  // Everything else that is still open is either wrong, which is reported where it stands, or waits for the environment.
  if (isOpen(write) && !readsSteps(write)) return [];
  if (isOpen(write))
    return [{ path: at, message: `expected a target that is known when the plan is made, found ${write}` }];
  const name = Object.keys(reach.resources).find((key) => sameResource(reach.resources[key] ?? '', write));
  const found = name === undefined ? write : `${name} (${write})`;
  return [{ path: at, message: `expected a write inside scope (${reach.scope}), found ${found}` }];
}

/** Where in the input the text stands that led to this write. */
function pathTo(write: string, value: Json): Path | undefined {
  if (typeof value === 'string') return value !== '' && isWithin(write, value) ? [] : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const path = pathTo(write, member as Json);
    if (path !== undefined) return [Array.isArray(value) ? Number(key) : key, ...path];
  }
  return undefined;
}
