// The steps of a phase as a graph in motion: who is ready, who is skipped, when all are settled.
import type { StepPhase } from '../model/phase.ts';
import type { Draft } from './draft.ts';
import type { StepStatus } from './kernel.ts';
import { statusOf } from './run-state.ts';
import type { StepEvent } from './step-context.ts';

const SETTLED: ReadonlySet<StepStatus> = new Set(['succeeded', 'failed', 'skipped', 'stuck']);
export const BAD: ReadonlySet<StepStatus> = new Set(['failed', 'stuck']);

/** Starts the steps of a phase that wait for nothing. */
export function beginSteps(draft: Draft, phase: StepPhase): void {
  const indices = draft.compiled.phases[phase];
  Object.assign(draft.now, { phase, unsettled: indices.length, phaseFailed: false, draining: 'no' });
  for (const index of indices) if (draft.compiled.indegree[index] === 0) tell(draft, index, { type: 'ready' });
}

/** Settles the steps of a phase without sending any. */
export function skipSteps(draft: Draft, phase: StepPhase): void {
  const indices = draft.compiled.phases[phase];
  // Of a run that was taken up again, some were settled before its first end.
  const open = indices.filter((index) => !SETTLED.has(statusOf(draft.step(index))));
  Object.assign(draft.now, { phase, unsettled: open.length, phaseFailed: false, draining: 'failure' });
  for (const index of indices) tell(draft, index, { type: 'skip' });
}

/** Sends no more of the present phase. What was sent settles; checks are broken off by an abort. */
export function drain(draft: Draft, why: 'failure' | 'abort'): void {
  const { phase } = draft.now;
  draft.now.draining = why;
  if (phase === null) return;
  for (const index of draft.compiled.phases[phase]) tell(draft, index, { type: why === 'abort' ? 'abort' : 'skip' });
}

/** An event for one step, and what follows from it for the others. False when it changes nothing. */
export function tell(draft: Draft, index: number, event: StepEvent): boolean {
  const before = statusOf(draft.step(index));
  if (!draft.sendToStep(index, event)) return false;
  const after = statusOf(draft.step(index));
  if (SETTLED.has(after) && !SETTLED.has(before) && before !== 'undoing') settled(draft, index, after);
  else if (draft.now.draining !== 'no' && (after === 'ready' || after === 'waiting'))
    tell(draft, index, { type: 'skip' });
  return true;
}

/** Recursion goes one level deep: a skipped step skips its successors through the list below, not through itself. */
function settled(draft: Draft, index: number, status: StepStatus): void {
  draft.now.unsettled -= 1;
  if (status === 'succeeded' || draft.step(index).context.passedOver) {
    release(draft, index);
    return;
  }
  if (BAD.has(status)) draft.now.phaseFailed = true;
  skipFollowers(draft, index);
  // Checks are independent findings; everywhere else one failure ends the phase.
  if (BAD.has(status) && draft.now.phase !== 'verification' && draft.now.draining === 'no') drain(draft, 'failure');
}

function release(draft: Draft, index: number): void {
  for (const follower of draft.compiled.successors[index] ?? [])
    if (draft.meetNeed(follower)) tell(draft, follower, { type: draft.now.draining === 'no' ? 'ready' : 'skip' });
}

function skipFollowers(draft: Draft, index: number): void {
  const open = [...(draft.compiled.successors[index] ?? [])];
  for (let follower = open.pop(); follower !== undefined; follower = open.pop()) {
    if (statusOf(draft.step(follower)) !== 'pending' || !draft.sendToStep(follower, { type: 'skip' })) continue;
    draft.now.unsettled -= 1;
    open.push(...(draft.compiled.successors[follower] ?? []));
  }
}
