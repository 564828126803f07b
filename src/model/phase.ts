/** The phases of a drill, in their order. */
export const PHASES = [
  'preflight',
  'approval',
  'baseline',
  'disruption',
  'declaration',
  'recovery',
  'verification',
  'restoration',
  'evaluation',
  'closed',
] as const;
export type Phase = (typeof PHASES)[number];

/** The phases that hold steps of a drill file. */
export const STEP_PHASES = ['disruption', 'recovery', 'verification', 'restoration'] as const;
export type StepPhase = (typeof STEP_PHASES)[number];

/** How a drill ends, strongest first; `not-ready` is a preflight that refused. */
export const OUTCOMES = ['stuck', 'aborted', 'failed', 'inconclusive', 'passed', 'not-ready'] as const;
export type Outcome = (typeof OUTCOMES)[number];
