// In mode isolated only what the drill itself created is changed. No action creates a resource of its own yet, and a canary's rows go
// to a database that is not the drill's: so such a drill looks and judges, and everything else is refused.
import { allowedBy, describeResource } from './check-scope.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';
import { placedWriters } from './writers.ts';

const RULE = 'in mode isolated, where only what the drill itself created is changed';

/** A drill in mode isolated neither disrupts nor writes. */
export function checkMode(subject: Subject): readonly Issue[] {
  const { definition, catalogue, steps } = subject;
  if (definition.mode !== 'isolated') return [];
  const isFault = (uses: string) => catalogue.actions.get(uses)?.kind === 'fault';
  const disrupting = steps
    .filter(({ step, phase }) => phase === 'disruption' || isFault(step.uses))
    .map(({ step, path }) => ({
      path: [...path, 'uses'],
      message: `expected no disruption ${RULE}; found ${step.uses}`,
    }));
  return [...disrupting, ...writing(subject)];
}

function writing(subject: Subject): readonly Issue[] {
  const { resources } = allowedBy(subject);
  return placedWriters(subject).flatMap(({ path, writes }) =>
    writes.map((write) => ({
      path: [...path, 'uses'],
      message: `expected no write ${RULE}; found one to ${describeResource(write, resources)}`,
    })),
  );
}
