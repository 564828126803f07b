// Everything in `uses` exists, and stands in a phase where it makes sense.

import { suggest } from '../model/suggest.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue, Path } from './problem.ts';
import type { Subject } from './subject.ts';

export function checkUses(subject: Subject): readonly Issue[] {
  const { definition, catalogue, steps } = subject;
  return [
    ...steps.flatMap(({ step, path }) => unknown('an action', step.uses, path, catalogue.actions)),
    ...definition.probes.flatMap(({ uses }, index) => unknown('a probe', uses, ['probes', index], catalogue.probes)),
    ...definition.canaries.flatMap(({ uses }, index) =>
      unknown('a canary', uses, ['canaries', index], catalogue.canaries),
    ),
    ...steps.flatMap((placed) => misplaced(placed, subject)),
  ];
}

function unknown(what: string, uses: string, path: Path, known: ReadonlyMap<string, unknown>): readonly Issue[] {
  if (known.has(uses)) return [];
  const message = `expected the name of ${what}, found "${uses}"`;
  return [{ path: [...path, 'uses'], message, ...suggest(uses, known.keys()) }];
}

function misplaced({ step, phase, path }: PlacedStep, { catalogue }: Subject): readonly Issue[] {
  const { kind, endsWithDisruption } = catalogue.actions.get(step.uses) ?? {};
  const issue = (expected: string) => [
    { path: [...path, 'uses'], message: `expected ${expected}, found the ${kind} ${step.uses}` },
  ];
  if (kind === 'fault' && phase !== 'disruption') return issue(`no fault outside disruption`);
  if (kind !== undefined && kind !== 'check' && phase === 'verification') return issue('only checks in verification');
  if (endsWithDisruption && phase !== 'disruption')
    return [
      {
        path: [...path, 'uses'],
        message: `expected ${step.uses} under disruption, whose end takes it back, found it under ${phase}, after which nothing does`,
      },
    ];
  return [];
}
