// What restoration takes back, and in which order.
import type { Draft } from './draft.ts';
import type { StepStatus } from './kernel.ts';
import { statusOf } from './run-state.ts';

const status = (draft: Draft, index: number): StepStatus => statusOf(draft.step(index));

/** Executed faults, newest first; one of which nobody can tell whether it took effect comes before them. */
export function faultsToEnd(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const unknown = phases.disruption.filter((index) => status(draft, index) === 'stuck');
  const executed = draft
    .succeeded()
    .filter((index) => steps[index]?.phase === 'disruption' && status(draft, index) === 'succeeded');
  return [...unknown, ...executed.toReversed()].filter((index) => steps[index]?.undo === 'reversible');
}

/** Executed reversible recovery steps, newest first; none once a change of data roles stands or may stand (decision 3). */
export function recoveryToUndo(draft: Draft): readonly number[] {
  const { steps, phases } = draft.compiled;
  const path = draft.now.drill.context.path;
  const rolesChanged = phases.recovery.some(
    (index) => steps[index]?.changesDataRoles && ['succeeded', 'stuck'].includes(status(draft, index)),
  );
  if (path === 'success' || rolesChanged) return [];
  return draft
    .succeeded()
    .filter(
      (index) =>
        steps[index]?.phase === 'recovery' &&
        steps[index].undo === 'reversible' &&
        status(draft, index) === 'succeeded',
    )
    .toReversed();
}

/** Explicit restoration steps run after success; otherwise only when something stands that they alone return, and nothing is stuck. */
export function failsBack(draft: Draft): boolean {
  const { steps, phases } = draft.compiled;
  if (draft.now.drill.context.path === 'success') return true;
  const standing = phases.recovery.some(
    (index) =>
      (steps[index]?.changesDataRoles || steps[index]?.undo === 'failback') && status(draft, index) === 'succeeded',
  );
  return standing && steps.every((_, index) => status(draft, index) !== 'stuck');
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

/** Goes on with the next step; afterwards `takingBack` is null when none is left. */
export function takeNextBack(draft: Draft): void {
  const { toTakeBack, turnsTaken } = draft.now;
  const next = toTakeBack[turnsTaken];
  Object.assign(draft.now, { takingBack: next ?? null, turnsTaken: turnsTaken + 1 });
  if (next !== undefined && !draft.sendToStep(next, { type: 'undo' })) takeNextBack(draft);
}
