import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';

/** What cannot simply be taken back has either a way back in the file, or people who agreed to it. */
export function checkUndo({ definition, catalogue, steps }: Subject): readonly Issue[] {
  const { restoration, approvals } = definition;
  return steps.flatMap(({ step, phase, path }) => {
    const undo = catalogue.actions.get(step.uses)?.undo;
    const issue = (expected: string, found: string) => [
      { path: [...path, 'uses'], message: `expected ${expected}, found ${found}` },
    ];
    if (undo === 'failback' && phase !== 'restoration' && restoration.length === 0)
      return issue(`steps under restoration, because only they bring ${step.uses} back`, 'none');
    if (undo === 'cannot-be-undone' && approvals.required < 1)
      return issue(`approvals.required of at least 1, because ${step.uses} cannot be undone`, `${approvals.required}`);
    return [];
  });
}
