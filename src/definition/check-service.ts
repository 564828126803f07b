// A service that the drill itself takes out of use is a disruption too, which no inventory shows: the file says how it comes back.
import type { Action } from '../model/action.ts';
import type { Json } from '../model/json.ts';
import { isWithin, sameResource } from '../model/resource-id.ts';
import { allowedBy, describeResource } from './check-scope.ts';
import { fillKnown, isOpen } from './expression-context.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';
import { endsServiceOf, writesOf } from './writes.ts';

/**
 * After success what recovery did stays, and nothing comes after restoration. So what a recovery step takes out of service a restoration step
 * puts back, and no restoration step takes anything out. The end of the disruption and the removal of what the drill made need no such step.
 */
export function checkService(subject: Subject): readonly Issue[] {
  const uses = usesOf(subject);
  return uses
    .filter(({ placed }) => placed.phase !== 'disruption')
    .flatMap((use) =>
      messagesOf(use, uses, subject).map((message) => ({ path: [...use.placed.path, 'uses'], message })),
    );
}

function messagesOf(use: Use, uses: readonly Use[], subject: Subject): readonly string[] {
  const { phase, step } = use.placed;
  const { resources, created } = allowedBy(subject);
  if (isUnknown(use, subject))
    return [
      `expected what ${step.uses} does to be known when the plan is made, found an input that only the run knows`,
    ];
  const ended = endedBy(use).filter((id) => !created.some((owner) => isWithin(id, owner)));
  return ended.flatMap((id) => {
    const what = describeResource(id, resources);
    if (phase === 'restoration')
      return [`expected restoration to leave everything in service, found ${step.uses}, which takes ${what} out of it`];
    if (uses.some((other) => putsBack(other, step.uses, id))) return [];
    return [
      `expected a ${step.uses} under restoration that puts ${what} back in service, because after success what recovery did stays, found none`,
    ];
  });
}

/** A step of an action that can end a service, with its input as far as it can be filled. */
interface Use {
  readonly placed: PlacedStep;
  readonly action: Action<unknown, never>;
  readonly filled: Json;
}

const usesOf = ({ steps, catalogue, context }: Subject): readonly Use[] =>
  steps.flatMap((placed) => {
    const action = catalogue.actions.get(placed.step.uses);
    return action?.endsService === undefined ? [] : [{ placed, action, filled: fillKnown(placed.step.with, context) }];
  });

const endedBy = ({ action, filled }: Use): readonly string[] =>
  endsServiceOf(action, filled) ? writesOf(action, filled) : [];

const putsBack = ({ placed, action, filled }: Use, uses: string, id: string): boolean =>
  placed.phase === 'restoration' &&
  placed.step.uses === uses &&
  !endsServiceOf(action, filled) &&
  writesOf(action, filled).some((written) => sameResource(written, id));

/** Without an environment the plan checks it; a target that is not known is the scope's to refuse. */
const isUnknown = ({ action, filled }: Use, { environment }: Subject): boolean =>
  environment !== undefined && isOpen(filled) && !writesOf(action, filled).some(isOpen);
