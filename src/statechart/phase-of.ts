// Where a drill's snapshot stands, as words.
import { PHASES, type Phase } from '../model/phase.ts';
import type { DrillSnapshot } from './drill-machine.ts';

/** The innermost state of the phases region: a phase, or a state of restoration or evaluation. */
export function stateOf(drill: DrillSnapshot): string {
  const { phases } = drill.value as PhasesValue;
  return typeof phases === 'string' ? phases : (Object.values(phases)[0] ?? '');
}

export function phaseOf(drill: DrillSnapshot): Phase {
  const { phases } = drill.value as PhasesValue;
  const name = typeof phases === 'string' ? phases : Object.keys(phases)[0];
  return PHASES.find((phase) => phase === name) ?? 'closed';
}

/** People hold the run. */
export const isPaused = (drill: DrillSnapshot): boolean => (drill.value as PhasesValue).control === 'paused';

interface PhasesValue {
  readonly control: string;
  readonly phases: string | Readonly<Record<string, string>>;
}
