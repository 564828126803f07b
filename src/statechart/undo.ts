// What restoration takes back, and in which order.
import type { Draft } from './draft.ts';
import type { StepStatus } from './kernel.ts';
import { statusOf } from './run-state.ts';

const status = (draft: Draft, index: number): StepStatus => statusOf(draft.step(index));

/** What was found done before anything was sent is somebody else's work, and nobody here knows what was before it. */
const isOurs = (draft: Draft, index: number): boolean => draft.step(index).context.sent;

/** Faults that the run executed, newest first; one of which nobody can tell whether it took effect comes before them. */
export function faultsToEnd(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const unknown = phases.disruption.filter((index) => status(draft, index) === 'stuck');
  const executed = draft
    .succeeded()
    .filter((index) => steps[index]?.phase === 'disruption' && status(draft, index) === 'succeeded');
  return [...unknown, ...executed.toReversed()].filter(
    (index) => steps[index]?.undo === 'reversible' && isOurs(draft, index),
  );
}

/**
 * Reversible recovery steps that the run executed, newest first; none once a change of data roles stands or may stand (decision 3), and none while the
 * disruption may still stand: they would lead back to a site that is down.
 */
export function recoveryToUndo(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const path = draft.now.drill.context.path;
  const rolesChanged = phases.recovery.some(
    (index) => steps[index]?.changesDataRoles && ['succeeded', 'stuck'].includes(status(draft, index)),
  );
  const disrupted = phases.disruption.some((index) => status(draft, index) === 'stuck');
  if (path === 'success' || rolesChanged || disrupted) return [];
  return draft
    .succeeded()
    .filter(
      (index) =>
        steps[index]?.phase === 'recovery' &&
        steps[index].undo === 'reversible' &&
        steps[index].creates === undefined &&
        status(draft, index) === 'succeeded' &&
        isOurs(draft, index),
    )
    .toReversed();
}

/** Explicit restoration steps never run while a step is stuck. They run after success, else when something stands that they alone return. */
export function failsBack(draft: Draft): boolean {
  const { steps, phases } = draft.compiled;
  if (steps.some((_, index) => status(draft, index) === 'stuck')) return false;
  if (draft.now.drill.context.path === 'success') return true;
  return phases.recovery.some(
    (index) =>
      (steps[index]?.changesDataRoles || steps[index]?.undo === 'failback') &&
      status(draft, index) === 'succeeded' &&
      isOurs(draft, index),
  );
}

/**
 * Steps that made resources, or may have: newest first. None while something stands that may rely on them: a recovery step of which nobody can
 * tell what became of it, or one that the explicit restoration steps did not return.
 */
export function creationsToRemove(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const creators = phases.recovery.filter((index) => steps[index]?.creates !== undefined && isOurs(draft, index));
  const others = phases.recovery.filter((index) => steps[index]?.creates === undefined);
  const isStanding = (index: number) =>
    steps[index]?.kind === 'write' &&
    steps[index].undo !== 'nothing-to-undo' &&
    status(draft, index) === 'succeeded' &&
    isOurs(draft, index);
  const isReturned =
    phases.restoration.length > 0 && phases.restoration.every((index) => status(draft, index) === 'succeeded');
  const isInUse = others.some((index) => status(draft, index) === 'stuck') || (others.some(isStanding) && !isReturned);
  if (isInUse) return [];
  const mayStand = new Set(creators);
  const made = draft.succeeded().filter((index) => mayStand.delete(index));
  return [...mayStand, ...made.toReversed()];
}

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
