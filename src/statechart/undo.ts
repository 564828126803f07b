// What restoration takes back, and in which order.
import { canonicalJson } from '../model/json.ts';
import { isWithin, sameResource } from '../model/resource-id.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { Draft } from './draft.ts';
import type { StepStatus } from './kernel.ts';
import { statusOf } from './run-state.ts';
import { mayDisrupt } from './step-machine.ts';

const status = (draft: Draft, index: number): StepStatus => statusOf(draft.step(index));

/** Nobody can tell whether it took effect, also when a person skipped it for that. */
const mayStand = (draft: Draft, index: number): boolean =>
  status(draft, index) === 'stuck' || (status(draft, index) === 'skipped' && draft.step(index).context.unknown);

/** It was being taken back and could not be. */
const isStuckInUndo = (draft: Draft, index: number): boolean =>
  status(draft, index) === 'stuck' && draft.step(index).context.undoBegun;

/** What was found done before anything was sent is somebody else's work, and nobody here knows what was before it. */
const isOurs = (draft: Draft, index: number): boolean => draft.step(index).context.sent;

const UNFINISHED: ReadonlySet<StepStatus> = new Set(['stuck', 'failed', 'skipped']);

/**
 * Disruptions that the run executed, be they faults or writes, newest first. One that may stand though it did not succeed comes before
 * them: nobody can tell whether it took effect, or it failed after the service had taken it.
 */
export function disruptionsToEnd(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const unfinished = phases.disruption.filter(
    (index) => UNFINISHED.has(status(draft, index)) && mayDisrupt(draft.step(index).context),
  );
  const executed = draft
    .succeeded()
    .filter((index) => steps[index]?.phase === 'disruption' && status(draft, index) === 'succeeded');
  return [...unfinished, ...executed.toReversed()].filter(
    (index) => steps[index]?.undo === 'reversible' && isOurs(draft, index),
  );
}

/**
 * Reversible recovery steps that the run executed, newest first; none once a change of data roles of its own stands or may stand
 * (decision 3), and none while the disruption may still stand: they would lead back to a site that is down. After success they stay,
 * unless restoration has nothing to return.
 */
export function recoveryToUndo(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const rolesChanged = phases.recovery.some((index) => steps[index]?.changesDataRoles && mayBeOurs(draft, index));
  const disrupted = phases.disruption.some((index) => status(draft, index) === 'stuck');
  const stays = draft.now.drill.context.path === 'success' && !isReturnForeign(draft);
  if (stays || rolesChanged || disrupted) return [];
  return draft
    .succeeded()
    .filter(
      (index) =>
        steps[index]?.phase === 'recovery' &&
        steps[index].undo === 'reversible' &&
        steps[index].creates === undefined &&
        (status(draft, index) === 'succeeded' || isStuckInUndo(draft, index)) &&
        isOurs(draft, index),
    )
    .toReversed();
}

const mayBeOurs = (draft: Draft, index: number) =>
  mayStand(draft, index) || (status(draft, index) === 'succeeded' && isOurs(draft, index));

/** Recovery steps that only explicit restoration steps return. */
const returned = ({ compiled: { steps, phases } }: Draft) =>
  phases.recovery.filter((index) => steps[index]?.changesDataRoles || steps[index]?.undo === 'failback');

/** True when somebody else had done what the restoration steps return: they would return what was never the run's. */
const isReturnForeign = (draft: Draft) =>
  returned(draft).some(
    (index) => status(draft, index) === 'succeeded' && !isOurs(draft, index) && !isDoneByUsBefore(draft, index),
  );

/** What a step found done is the run's own all the same when an earlier step of the run did exactly that. */
function isDoneByUsBefore(draft: Draft, index: number): boolean {
  const { steps } = draft.compiled;
  const same = (one: PlannedStep | undefined, other: PlannedStep | undefined) =>
    one?.uses === other?.uses && canonicalJson(one?.with) === canonicalJson(other?.with);
  const order = draft.succeeded();
  const earlier = new Set(order.slice(0, order.indexOf(index)));
  return returned(draft).some(
    (other) => earlier.has(other) && isOurs(draft, other) && same(steps[other], steps[index]),
  );
}

/** Explicit restoration steps never run while a step is stuck, unless in the removal of what it made, which comes after them. They run after success, else when something of the run stands that they alone return. */
export function failsBack(draft: Draft): boolean {
  const isStuck = draft.compiled.steps.some(
    ({ creates }, index) => status(draft, index) === 'stuck' && (creates === undefined || !isStuckInUndo(draft, index)),
  );
  if (isStuck || isReturnForeign(draft)) return false;
  if (draft.now.drill.context.path === 'success') return true;
  return returned(draft).some((index) => status(draft, index) === 'succeeded');
}

/**
 * Steps that made resources, or may have: newest first. None while something stands that may rely on them: a recovery step of which nobody can
 * tell what became of it, or one that the explicit restoration steps did not return. What only the way back makes go comes first: taking it
 * back waits, and where it cannot be taken back, nothing else is removed.
 */
export function creationsToRemove(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const mayStand = new Set(
    phases.recovery.filter((index) => steps[index]?.creates !== undefined && isOurs(draft, index)),
  );
  const succeeded = draft.succeeded().filter((index) => mayStand.delete(index));
  const creators = [...mayStand, ...succeeded.toReversed()];
  const isFailback = (index: number) => steps[index]?.undo === 'failback';
  const isOther = (index: number) => steps[index]?.creates === undefined;
  if (isInUse(draft, creators, isOther)) return [];
  const waiting = creators.filter(isFailback);
  if (isInUse(draft, creators, (index) => isOther(index) || isFailback(index))) return waiting;
  return [...waiting, ...creators.filter((index) => !isFailback(index))];
}

/** True when one of these recovery steps stands, or may, and may rely on what the creators made. */
function isInUse(draft: Draft, creators: readonly number[], counts: (index: number) => boolean): boolean {
  const { steps, phases } = draft.compiled;
  const made = creators.flatMap((index) => steps[index]?.creates ?? []);
  const others = phases.recovery.filter(counts);
  const isStanding = (index: number) =>
    steps[index]?.kind === 'write' &&
    steps[index].undo !== 'nothing-to-undo' &&
    !onlyRemoves(steps[index], made) &&
    status(draft, index) === 'succeeded' &&
    isOurs(draft, index);
  const isReturned =
    phases.restoration.length > 0 && phases.restoration.every((index) => status(draft, index) === 'succeeded');
  return others.some((index) => status(draft, index) === 'stuck') || (others.some(isStanding) && !isReturned);
}

/** True of a step that changes nothing but what it deletes, all of which the drill made: what created it finds it gone, which is as it should be. */
const onlyRemoves = (step: PlannedStep | undefined, made: readonly string[]): boolean =>
  step?.removes !== undefined &&
  step.removes.length > 0 &&
  step.writes.every((id) => step.removes?.some((removed) => sameResource(removed, id))) &&
  step.removes.every((id) => made.some((owner) => isWithin(id, owner)));

/** Begins to take steps back, one at a time. */
export function takeBack(draft: Draft, indices: readonly number[]): void {
  Object.assign(draft.now, {
    phase: null,
    unsettled: 0,
    phaseFailed: false,
    draining: 'no',
    toTakeBack: indices,
    turnsTaken: 0,
  });
  takeNextBack(draft);
}

/** Recovery was built in an order: below a step that could not be taken back, nothing is taken away. Faults end each for itself. */
export function stopAtStuck(draft: Draft, index: number): void {
  const stays = draft.compiled.steps[index]?.phase === 'recovery' && status(draft, index) === 'stuck';
  if (stays) draft.now.toTakeBack = [];
}

/** Goes on with the next step; afterwards `takingBack` is null when none is left. */
export function takeNextBack(draft: Draft): void {
  const { toTakeBack, turnsTaken } = draft.now;
  const next = toTakeBack[turnsTaken];
  Object.assign(draft.now, { takingBack: next ?? null, turnsTaken: turnsTaken + 1 });
  if (next !== undefined && !draft.sendToStep(next, { type: 'undo' })) takeNextBack(draft);
}
