// What the drill machine's named actions mean: effects for the runtime, or work on the steps.
import type { Draft } from './draft.ts';
import type { Effect } from './kernel.ts';
import { DECLARATION_TIMER, endApprovals } from './people.ts';
import { beginAgain, reviewSteps } from './reopen.ts';
import { beginSteps, drain, skipSteps } from './steps.ts';
import { creationsToRemove, disruptionsToEnd, failsBack, recoveryToUndo, takeBack } from './undo.ts';

export const DETECTION_TIMER = 'detection';
export const STABILITY_TIMER = 'stability';

/** Does a named action; names that change the context alone mean nothing here. */
export function act(draft: Draft, action: string): void {
  const effect = EFFECTS[action];
  if (effect !== undefined) draft.emit(effect);
  else WORK[action]?.(draft);
}

const EFFECTS: Readonly<Record<string, Effect>> = {
  preflight: { type: 'preflight' },
  askApproval: { type: 'ask-approval' },
  observe: { type: 'observe' },
  holdBaseline: { type: 'hold-baseline' },
  awaitDeclaration: { type: 'await-declaration' },
  clean: { type: 'clean' },
  prove: { type: 'prove' },
  observeEnd: { type: 'observe-end' },
  evaluate: { type: 'evaluate' },
};

const WORK: Readonly<Record<string, (draft: Draft) => void>> = {
  startDetection: ({ emit, at, compiled: { plan } }) =>
    emit({ type: 'timer', timer: DETECTION_TIMER, deadline: at + plan.detectionTimeoutMs }),
  cancelDetection: ({ emit }) => {
    emit({ type: 'cancel-timer', timer: DETECTION_TIMER });
    emit({ type: 'cancel-timer', timer: DECLARATION_TIMER });
  },
  endApprovals,
  startStability: ({ emit, at, compiled: { plan } }) => {
    if (plan.probes.length === 0) return;
    emit({ type: 'await-stability' });
    emit({ type: 'timer', timer: STABILITY_TIMER, deadline: at + plan.stabilityTimeoutMs });
  },
  cancelStability: ({ emit }) => emit({ type: 'cancel-timer', timer: STABILITY_TIMER }),
  collectCanaries: ({ emit, compiled: { plan } }) => {
    if (plan.canaries.length > 0) emit({ type: 'collect-canaries' });
  },
  beginDisruption: (draft) => beginSteps(draft, 'disruption'),
  beginRecovery: (draft) => beginSteps(draft, 'recovery'),
  beginVerification: (draft) => beginSteps(draft, 'verification'),
  drain: (draft) => drain(draft, 'abort'),
  drop: (draft) => drain(draft, 'abort'),
  lookAgain: reviewSteps,
  endDisruption: (draft) => takeBack(draft, disruptionsToEnd(draft)),
  undoRecovery: (draft) => takeBack(draft, recoveryToUndo(draft)),
  beginFailback: (draft) => (failsBack(draft) ? beginAgain : skipSteps)(draft, 'restoration'),
  removeCreated: (draft) => takeBack(draft, creationsToRemove(draft)),
  close: ({ emit, now: { outcome } }) => {
    if (outcome !== null) emit({ type: 'close', outcome });
  },
};
