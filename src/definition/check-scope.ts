// Every write goes to a resource that the file names under scope.
import type { Json } from '../model/json.ts';
import { isWithin, sameResource } from '../model/resource-id.ts';
import { suggest } from '../model/suggest.ts';
import { fillKnown, isOpen, readsSteps, resolveResources } from './expression-context.ts';
import { type Issue, orList, type Path } from './problem.ts';
import type { Subject } from './subject.ts';
import { placedWriters } from './writers.ts';
import { createdBy } from './writes.ts';

export function checkScope(subject: Subject): readonly Issue[] {
  const { definition } = subject;
  const names = Object.keys(definition.resources);
  const unknown = definition.scope.flatMap((name, index) => {
    if (names.includes(name)) return [];
    const message = `expected the name of a resource, found "${name}"`;
    return [{ path: ['scope', index], message, ...suggest(name, names) }];
  });
  const allowed = allowedBy(subject);
  const outside = placedWriters(subject).flatMap(({ path, filled, writes }) =>
    writes.flatMap((write) => outsideScope(write, [...path, 'with'], filled, allowed)),
  );
  return [...unknown, ...outside];
}

interface Allowed {
  readonly resources: Readonly<Record<string, string>>;
  /** ARM ids that may be changed, and their names for messages. */
  readonly inScope: readonly string[];
  /** ARM ids that the drill makes: it may change them too. */
  readonly created: readonly string[];
  readonly scope: string;
}

export function allowedBy(subject: Subject): Allowed {
  const { definition, environment } = subject;
  const resources = resolveResources(definition, environment?.subscription);
  const inScope = definition.scope.flatMap((name) => resources[name] ?? []);
  return { resources, inScope, created: createdIn(subject), scope: orList(definition.scope) || 'nothing' };
}

function outsideScope(write: string, path: Path, filled: Json, allowed: Allowed): readonly Issue[] {
  if ([...allowed.inScope, ...allowed.created].some((owner) => isWithin(write, owner))) return [];
  const at = [...path, ...(pathTo(write, filled) ?? [])];
  // Everything else that is still open is either wrong, which is reported where it stands, or waits for the environment.
  if (isOpen(write) && !readsSteps(write)) return [];
  if (isOpen(write))
    return [{ path: at, message: `expected a target that is known when the plan is made, found ${write}` }];
  const message = `expected a write inside scope (${allowed.scope}), found ${describeResource(write, allowed.resources)}`;
  return [{ path: at, message }];
}

/** ARM ids that steps of the drill make. */
const createdIn = ({ steps, catalogue, context }: Subject): readonly string[] =>
  steps.flatMap(({ step }) => {
    const action = catalogue.actions.get(step.uses);
    return action === undefined ? [] : createdBy(action, fillKnown(step.with, context));
  });

/** An ARM id, with its name in the file when it has one. */
export function describeResource(id: string, resources: Allowed['resources']): string {
  const name = Object.keys(resources).find((key) => sameResource(resources[key] ?? '', id));
  return name === undefined ? id : `${name} (${id})`;
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
