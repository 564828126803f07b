// `needs` name steps of the same phase and never run in a circle.

import { STEP_PHASES } from '../model/phase.ts';
import { suggest } from '../model/suggest.ts';
import { findCycles } from './find-cycles.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';

export function checkNeeds({ steps }: Subject): readonly Issue[] {
  const byId = new Map(steps.map((placed) => [placed.step.id, placed]));
  const phases = STEP_PHASES.map((phase) => steps.filter((placed) => placed.phase === phase));
  return phases.flatMap((ofPhase) => [
    ...ofPhase.flatMap((placed) => wrongNeeds(placed, byId, ofPhase)),
    ...cycles(ofPhase, byId),
  ]);
}

function wrongNeeds(
  { step, phase, path }: PlacedStep,
  byId: ReadonlyMap<string, PlacedStep>,
  ofPhase: readonly PlacedStep[],
): readonly Issue[] {
  return step.needs.flatMap((need, index) => {
    const needed = byId.get(need);
    if (needed?.phase === phase) return [];
    const at = [...path, 'needs', index];
    if (needed !== undefined)
      return [
        {
          path: at,
          message: `expected a step of ${phase}, found "${need}" of ${needed.phase}: phases already wait for each other`,
        },
      ];
    const known = ofPhase.map((other) => other.step.id).filter((id) => id !== step.id);
    return [{ path: at, message: `expected a step of ${phase}, found "${need}"`, ...suggest(need, known) }];
  });
}

function cycles(ofPhase: readonly PlacedStep[], byId: ReadonlyMap<string, PlacedStep>): readonly Issue[] {
  return findCycles(ofPhase.map(({ step }) => step)).map((cycle) => ({
    path: [...(byId.get(cycle[0] ?? '')?.path ?? []), 'needs'],
    message: `expected needs without a cycle, found ${cycle.join(' → ')} (each needs the next)`,
  }));
}
