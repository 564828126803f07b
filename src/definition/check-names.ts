// Every name is given once, and every system that is named exists.

import { suggest } from '../model/suggest.ts';
import { type Issue, orList, type Path } from './problem.ts';
import { STEPS_MAX } from './schema.ts';
import type { Subject } from './subject.ts';

interface Named {
  readonly name: string;
  readonly path: Path;
}

export function checkNames({ definition, steps }: Subject): readonly Issue[] {
  const { systems, scope, canaries, probes, guardrails, objectives } = definition;
  const ids = (key: string, entries: readonly { readonly id?: string | undefined }[]) =>
    entries.flatMap(({ id }, index) => (id === undefined ? [] : [{ name: id, path: [key, index, 'id'] }]));
  return [
    ...repeated(
      'step id',
      steps.map(({ step, path }) => ({ name: step.id, path: [...path, 'id'] })),
    ),
    ...repeated('probe id', ids('probes', probes)),
    ...repeated('canary id', ids('canaries', canaries)),
    ...repeated('guardrail id', ids('guardrails', guardrails)),
    ...repeated(
      'system',
      systems.map((name, index) => ({ name, path: ['systems', index] })),
    ),
    ...repeated(
      'resource in scope',
      scope.map((name, index) => ({ name, path: ['scope', index] })),
    ),
    ...repeated(
      'objective a system',
      objectives.map(({ system }, index) => ({ name: system, path: ['objectives', index, 'system'] })),
    ),
    ...Object.entries({ objectives, canaries, probes }).flatMap(([key, entries]) =>
      entries.flatMap(({ system }, index) => unknownSystem(system, [key, index, 'system'], systems)),
    ),
    ...steps.flatMap(({ step, path }) =>
      step.system === undefined ? [] : unknownSystem(step.system, [...path, 'system'], systems),
    ),
    ...tooManySteps(steps.length),
  ];
}

function repeated(what: string, names: readonly Named[]): readonly Issue[] {
  const seen = new Set<string>();
  return names.flatMap(({ name, path }) => {
    const issue = { path, message: `expected each ${what} once, found "${name}" again` };
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated ? [issue] : [];
  });
}

function unknownSystem(system: string, path: Path, systems: readonly string[]): readonly Issue[] {
  if (systems.includes(system)) return [];
  return [
    { path, message: `expected one of the systems ${orList(systems)}, found "${system}"`, ...suggest(system, systems) },
  ];
}

const tooManySteps = (count: number): readonly Issue[] =>
  count > STEPS_MAX ? [{ path: [], message: `expected at most ${STEPS_MAX} steps, found ${count}` }] : [];
