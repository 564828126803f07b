// In mode isolated only what the drill itself created is changed. A step that makes a resource says so; every other write is held to what
// such steps make, and a canary's rows, which go to a database that people use, are refused.
import { isWithin } from '../model/resource-id.ts';
import { allowedBy, describeResource } from './check-scope.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';
import { placedWriters } from './writers.ts';

const RULE = 'in mode isolated, where only what the drill itself created is changed';

/** A drill in mode isolated does not disrupt, and writes to what it made alone. */
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
  const { resources, created } = allowedBy(subject);
  const isOwn = (write: string) => created.some((owner) => isWithin(write, owner));
  return placedWriters(subject).flatMap(({ path, writes }) =>
    writes
      .filter((write) => !isOwn(write))
      .map((write) => ({
        path: [...path, 'uses'],
        message: `expected no write ${RULE}; found one to ${describeResource(write, resources)}`,
      })),
  );
}
