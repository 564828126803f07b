// A closed run is taken up again: what nobody could tell of is looked at, and what did not bring things back is sent anew.
import type { StepPhase } from '../model/phase.ts';
import type { Draft } from './draft.ts';
import { isMet, needsOf } from './mend.ts';
import { statusOf } from './run-state.ts';
import { tell } from './steps.ts';

/** Looks at every step of which nobody could tell what became of it. None is sent again for what the look finds. */
export function reviewSteps(draft: Draft): void {
  Object.assign(draft.now, { phase: null, unsettled: 0, phaseFailed: false, draining: 'no', takingBack: null });
  for (const index of draft.compiled.steps.keys())
    if (draft.sendToStep(index, { type: 'review' })) draft.now.unsettled += 1;
}

/** Starts the steps of a phase that did not succeed yet: all of them, unless the run was taken up again. */
export function beginAgain(draft: Draft, phase: StepPhase): void {
  const indices = draft.compiled.phases[phase];
  for (const index of indices)
    if (!draft.sendToStep(index, { type: 'renew' })) draft.sendToStep(index, { type: 'revive' });
  const open = indices.filter((index) => statusOf(draft.step(index)) === 'pending');
  Object.assign(draft.now, { phase, unsettled: open.length, phaseFailed: false, draining: 'no' });
  for (const index of open) draft.setNeeds(index, needsOf(draft, index).filter((need) => !isMet(draft, need)).length);
  for (const index of open)
    if (needsOf(draft, index).every((need) => isMet(draft, need))) tell(draft, index, { type: 'ready' });
}
