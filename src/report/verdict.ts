// The one rule by which a number is held against an objective.
import type { Verdict } from '../model/result.ts';

export interface Measured {
  readonly actualMs: number;
  readonly uncertaintyMs: number;
}

/** Met only when the whole range of doubt lies at or below the objective, missed only when it lies above; else inconclusive. */
export function judge(measured: Measured | null, objectiveMs: number | null): Verdict {
  if (measured === null || objectiveMs === null) return 'not-measured';
  const { actualMs, uncertaintyMs } = measured;
  if (actualMs + uncertaintyMs <= objectiveMs) return 'met';
  return actualMs - uncertaintyMs > objectiveMs ? 'missed' : 'inconclusive';
}

/** What every measure says when the drill set no target for it. */
export const NO_OBJECTIVE = 'the drill has no such objective for this system';
