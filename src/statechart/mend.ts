// A person skips a step or has it tried again. What was given up because of it comes back, as long as its phase is open.
import { PHASES } from '../model/phase.ts';
import type { Draft } from './draft.ts';
import { phaseOf, stateOf } from './phase-of.ts';
import { statusOf } from './run-state.ts';
import { BAD, tell } from './steps.ts';

/** False when the step cannot be skipped or retried where the run stands. */
export function mend(draft: Draft, index: number, how: 'pass-over' | 'try-again'): boolean {
  const before = statusOf(draft.step(index));
  if (!isOpen(draft, index)) return false;
  if (!BAD.has(before)) return tell(draft, index, { type: how });
  // Only this step is let through: whatever else was given up comes back below, when nothing else stands against it.
  const { draining } = draft.now;
  draft.now.draining = 'no';
  if (how === 'try-again') draft.now.unsettled += 1;
  const changed = tell(draft, index, { type: how });
  draft.now.draining = draining;
  if (changed) reopen(draft);
  return changed;
}

/** A step of the present phase while that is not over, or one that was not begun in a phase that is still to come. */
function isOpen({ now, compiled, step }: Draft, index: number): boolean {
  const planned = compiled.steps[index];
  if (planned === undefined || now.drill.context.path === 'abort' || now.draining === 'abort') return false;
  if (stateOf(now.drill) === (planned.phase === 'restoration' ? 'failback' : planned.phase)) return true;
  const isToCome = PHASES.indexOf(planned.phase) > PHASES.indexOf(phaseOf(now.drill));
  const isNext = stateOf(now.drill) === 'ending' || stateOf(now.drill) === 'undoing';
  return statusOf(step(index)) === 'pending' && (isToCome || (isNext && planned.phase === 'restoration'));
}

/** The phase as it would be had the mended steps never failed. */
function reopen(draft: Draft): void {
  const { now, compiled } = draft;
  if (now.phase === null) return;
  const indices = compiled.phases[now.phase];
  now.phaseFailed = indices.some((index) => BAD.has(statusOf(draft.step(index))));
  // Checks are independent findings; everywhere else one failure keeps the phase from sending more.
  if (now.phase !== 'verification') now.draining = now.phaseFailed ? 'failure' : 'no';
  if (now.draining !== 'no') return;
  for (const index of revived(draft, indices)) {
    const left = needsOf(draft, index).filter((need) => !isMet(draft, need)).length;
    draft.setNeeds(index, left);
    if (left === 0) tell(draft, index, { type: 'ready' });
  }
}

/** Brings back what was skipped for a failure that is mended; a step comes back with everything that it needs. */
function revived(draft: Draft, indices: readonly number[]): readonly number[] {
  const back = new Set<number>();
  for (let found = -1; found !== back.size; ) {
    found = back.size;
    for (const index of indices) {
      if (!isGivenUp(draft, index) || needsOf(draft, index).some((need) => isDead(draft, need))) continue;
      if (!draft.sendToStep(index, { type: 'revive' })) continue;
      draft.now.unsettled += 1;
      back.add(index);
    }
  }
  return indices.filter((index) => back.has(index));
}

export const needsOf = ({ compiled }: Draft, index: number): readonly number[] =>
  (compiled.steps[index]?.needs ?? []).map((need) => compiled.indexOf.get(need) ?? -1);

const isGivenUp = ({ step }: Draft, index: number): boolean =>
  statusOf(step(index)) === 'skipped' && !step(index).context.passedOver;

const isDead = (draft: Draft, index: number): boolean =>
  BAD.has(statusOf(draft.step(index))) || isGivenUp(draft, index);

export const isMet = ({ step }: Draft, index: number): boolean =>
  statusOf(step(index)) === 'succeeded' || (statusOf(step(index)) === 'skipped' && step(index).context.passedOver);
