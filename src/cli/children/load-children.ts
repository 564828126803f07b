// The child drills that a drill names, planned with it: each from its own file, for its own environment.
import { existsSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { childOf } from '../../definition/check-children.ts';
import { placedSteps } from '../../definition/placed-steps.ts';
import { type Definition, durationMs } from '../../definition/schema.ts';
import type { ChildCall, ListedChild } from '../../model/child.ts';
import { toErrorData, UsageError } from '../../model/errors.ts';
import { declaredByPeople } from '../../plan/declared-by-people.ts';
import { listedChild } from '../../plan/family.ts';
import type { Plan } from '../../plan/plan.ts';
import { catalogue } from '../../providers/catalogue.ts';
import { nearFile } from '../near-file.ts';
import type { Workspace } from '../workspace.ts';

/** A child below a child is as deep as they nest. */
const DEPTH_MAX = 2;
/** A run is also the name of a folder and of a file: 255 bytes, less what is put around it and the time of its beginning. */
const NAME_CHARACTERS_MAX = 200;

/** How a drill is reached from the one that the user named. */
export interface Lineage {
  /** Files and steps in turn, as messages show them. */
  readonly way: readonly string[];
  /** Real paths of the files above, with this one. */
  readonly files: readonly string[];
  /** Characters that a run's name has of drill and steps so far. */
  readonly characters: number;
}

/** Plans a drill file of the workspace as a child. Throws UsageError `refused` with its problems. */
export type PlanChild = (file: string, lineage: Lineage) => { readonly plan: Plan; readonly definition: Definition };

/** By the id of the step. What is wrong with a child is a problem of its step. */
export function loadChildren(
  { root }: Pick<Workspace, 'root'>,
  definition: Definition,
  lineage: Lineage,
  planChild: PlanChild,
): ReadonlyMap<string, ListedChild<Plan>> {
  const named = placedSteps(definition).flatMap(({ step }) => {
    const call = childOf(catalogue.actions.get(step.uses), step.with);
    return call === undefined ? [] : [{ step: step.id, call }];
  });
  return new Map(named.map(({ step, call }) => [step, listChild(root, { step, call }, lineage, planChild)]));
}

interface Named {
  readonly step: string;
  readonly call: ChildCall;
}

/** A child drill as its file says it now. */
export function listChild(
  root: string,
  { step, call }: Named,
  above: Lineage,
  planChild: PlanChild,
): ListedChild<Plan> {
  const path = join(root, call.drill);
  if (!existsSync(path) || !realpathSync(path).startsWith(realpathSync(root) + sep))
    return {
      problem: `expected a drill file of the workspace, found none at "${call.drill}"`,
      ...nearFile(root, call.drill),
    };
  const lineage = below(above, step, path, call.drill);
  const problem = refusal(lineage);
  if (problem !== undefined) return { problem };
  try {
    const { plan, definition } = planChild(path, lineage);
    if (call.declaration === undefined) return listedChild(plan);
    const declared = declaredByPeople(plan, call.declaration.roles, durationMs(definition.timing.declaration));
    return 'problem' in declared ? declared : listedChild(declared);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    const shown = toErrorData(thrown)
      .message.split('\n')
      .map((line) => `\n  ${line}`);
    return { problem: `expected a child drill that can be planned, found one that cannot:${shown.join('')}` };
  }
}

const below = ({ way, files, characters }: Lineage, step: string, path: string, drill: string): Lineage => ({
  way: [...way, `step ${step}`, drill],
  files: [...files, realpathSync(path)],
  characters: characters + step.length + 1,
});

function refusal({ way, files, characters }: Lineage): string | undefined {
  const found = `found ${way.join(' → ')}`;
  if (new Set(files).size < files.length) return `expected no circle of child drills, ${found}`;
  if (files.length - 1 > DEPTH_MAX) return `expected child drills to nest at most ${DEPTH_MAX} deep, ${found}`;
  return characters > NAME_CHARACTERS_MAX
    ? `expected names of drill and steps with at most ${NAME_CHARACTERS_MAX} characters in all, ${found}`
    : undefined;
}

/** Where every lineage begins. */
export const lineageOf = (file: string, drill: string): Lineage => ({
  way: [relative(process.cwd(), resolve(file)) || file],
  files: [realpathSync(file)],
  characters: drill.length,
});
