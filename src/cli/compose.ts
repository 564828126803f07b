// The only place where parts are joined: files, stores, worlds, catalogue and machine become what commands need.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { loadDefinition } from '../definition/load.ts';
import { formatProblem, type Problem } from '../definition/problem.ts';
import type { Environment } from '../model/environment.ts';
import { UsageError } from '../model/errors.ts';
import { loadPlan } from '../plan/load-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { catalogue } from '../providers/catalogue.ts';
import { environmentOf, loadWorld } from '../twin/index.ts';
import type { GlobalOptions } from './command.ts';
import { loadPages } from './pages.ts';
import { loadPrograms } from './programs.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface LoadedDrill {
  readonly file: string;
  readonly workspace: Workspace;
  readonly plan: Plan;
  readonly environment: Environment;
  readonly worldFile: string;
}

const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Reads a drill and plans it for an environment. Throws UsageError `refused` with every problem, a line each. */
export function loadDrill(file: string, environmentName: string | undefined, options: GlobalOptions): LoadedDrill {
  const text = readText(file);
  const workspace = findWorkspace(file, options);
  const shown = relative(process.cwd(), resolve(file)) || file;
  // What is wrong with the file itself is said first, also when its world is not there.
  const read = loadDefinition(text, shown, { catalogue });
  if (!read.ok) throw refusal(read.problems);
  const worldFile = worldFileOf(workspace, environmentName ?? read.definition.drill);
  const environment = environmentOf(loadWorld(worldFile));
  const parts = { programs: loadPrograms(workspace), pages: loadPages(workspace, read.definition) };
  const loaded = loadPlan(text, shown, { environment, catalogue, ...parts });
  if (!loaded.ok) throw refusal(loaded.problems);
  return { file: shown, workspace, plan: loaded.plan, environment, worldFile };
}

const refusal = (problems: readonly Problem[]) => new UsageError('refused', problems.map(formatProblem).join('\n'));

/** Text of a file that the user named. Throws UsageError when it is absent or far too large. */
export function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > FILE_BYTES_MAX)
      throw new UsageError('usage', `${file}: expected at most ${FILE_BYTES_MAX} bytes, found ${bytes.length}`);
    return bytes.toString('utf8');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(
      'not-found',
      `${file}: expected a readable file, found none (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    );
  }
}

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
