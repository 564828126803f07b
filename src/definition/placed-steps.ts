import { STEP_PHASES, type StepPhase } from '../model/phase.ts';
import type { Path } from './problem.ts';
import type { Definition, StepDefinition } from './schema.ts';

/** A step, and where in the file it stands. */
export interface PlacedStep {
  readonly phase: StepPhase;
  readonly path: Path;
  readonly step: StepDefinition;
}

/** Every step, in phase order, then in file order. */
export const placedSteps = (definition: Definition): readonly PlacedStep[] =>
  STEP_PHASES.flatMap((phase) => definition[phase].map((step, index) => ({ phase, path: [phase, index], step })));
