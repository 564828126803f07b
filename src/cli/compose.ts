// The only place where parts are joined: files, stores, worlds, catalogue and machine become what commands need.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { loadDefinition } from '../definition/load.ts';
import { formatProblem, type Problem } from '../definition/problem.ts';
import type { Definition } from '../definition/schema.ts';
import type { ChildCall, ListedChild } from '../model/child.ts';
import type { Environment } from '../model/environment.ts';
import { UsageError } from '../model/errors.ts';
import { loadPlan } from '../plan/load-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { catalogue } from '../providers/catalogue.ts';
import { environmentOf, loadWorld, readTextFile } from '../twin/index.ts';
import { type Lineage, lineageOf, listChild, loadChildren } from './children/load-children.ts';
import type { GlobalOptions } from './command.ts';
import { nearFile } from './near-file.ts';
import { loadPages } from './pages.ts';
import { loadPrograms } from './programs.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface LoadedDrill {
  readonly file: string;
  readonly workspace: Workspace;
  readonly plan: Plan;
  readonly environment: Environment;
}

/**
 * Reads a drill and plans it, and its child drills, each for the environment of this name, or of its own. Throws UsageError `refused` with
 * every problem, a line each.
 */
export function loadDrill(file: string, environmentName: string | undefined, options: GlobalOptions): LoadedDrill {
  return planFile(file, environmentName, findWorkspace(file, options));
}

/** The plan of a step's child drill as its file says it now. `environmentName` undefined: its own. */
export function planAgain(
  { parent, step, call }: { readonly parent: string; readonly step: string; readonly call: ChildCall },
  environmentName: string | undefined,
  workspace: Workspace,
): ListedChild<Plan> {
  const lineage = { way: [parent], files: [], characters: 0 };
  const planChild = (path: string, below: Lineage) => planFile(path, environmentName, workspace, below);
  return listChild(workspace.root, { step, call }, lineage, planChild);
}

interface PlannedFile extends LoadedDrill {
  readonly definition: Definition;
}

function planFile(
  file: string,
  environmentName: string | undefined,
  workspace: Workspace,
  lineage?: Lineage,
): PlannedFile {
  const text = readTextFile(file);
  const shown = relative(process.cwd(), resolve(file)) || file;
  // What is wrong with the file itself is said first, also when its world is not there.
  const read = loadDefinition(text, shown, { catalogue });
  if (!read.ok) throw refusal(read.problems);
  const { drill } = read.definition;
  const environment = environmentOf(loadWorld(worldFileOf(workspace, environmentName ?? drill)));
  const parts = {
    programs: loadPrograms(workspace),
    pages: loadPages(workspace, read.definition),
    nearPage: (file: string) => nearFile(workspace.root, file),
    children: loadChildren(workspace, read.definition, lineage ?? lineageOf(file, drill), (path, below) =>
      planFile(path, environmentName, workspace, below),
    ),
  };
  const loaded = loadPlan(text, shown, { environment, catalogue, ...parts });
  if (!loaded.ok) throw refusal(loaded.problems);
  return { file: shown, workspace, plan: loaded.plan, definition: loaded.definition, environment };
}

const refusal = (problems: readonly Problem[]) => new UsageError('refused', problems.map(formatProblem).join('\n'));

/** The world file of an environment. Throws UsageError `not-found` with the names that there are. */
export function worldFileOf(workspace: Workspace, name: string): string {
  const known = existsSync(workspace.worlds)
    ? readdirSync(workspace.worlds).filter((entry) => entry.endsWith('.yaml'))
    : [];
  const file = known.find((entry) => entry === `${name}.yaml`);
  if (file !== undefined) return join(workspace.worlds, file);
  const names = known.map((entry) => entry.replace(/\.yaml$/, '')).join(', ') || 'none';
  throw new UsageError(
    'not-found',
    `expected the name of an environment in ${workspace.worlds} (${names}), found "${name}"`,
  );
}
