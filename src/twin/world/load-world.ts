// A world file → World, or every problem with its line and column.
import { basename, relative } from 'node:path';
import { UsageError } from '../../model/errors.ts';
import { YAML_PROBLEMS_MAX } from '../../model/yaml-limits.ts';
import { checkWorld } from './check-world.ts';
import { mendWorld } from './mend-world.ts';
import { readTextFile } from './read-text-file.ts';
import { formIssues } from './world-form.ts';
import type { WorldIssue } from './world-issues.ts';
import { type World, worldSchema } from './world-schema.ts';
import { readPlacedYaml } from './yaml-places.ts';

/**
 * Reads and checks a world file. Throws what `readTextFile` throws, and UsageError `refused` with a line
 * `file:line:column: message` for each problem.
 */
export function loadWorld(file: string): World {
  const text = readTextFile(file);
  const shown = relative(process.cwd(), file) || file;
  const parsed = parseWorld(text);
  const issues = parsed.ok ? checkFileName(file, parsed.world) : parsed.problems;
  if (parsed.ok && issues.length === 0) return parsed.world;
  throw new UsageError(
    'refused',
    issues.map((problem) => `${shown}:${problem.line}:${problem.column}: ${inWords(problem)}`).join('\n'),
  );
}

interface WorldProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

const inWords = ({ message, suggestion }: WorldProblem) =>
  suggestion === undefined ? message : `${message}; did you mean "${suggestion}"?`;

export type ParsedWorld =
  | { readonly ok: true; readonly world: World }
  | { readonly ok: false; readonly problems: readonly WorldProblem[] };

/** Text of a world file → World, or its problems in the order of the text. */
export function parseWorld(text: string): ParsedWorld {
  const { value, problems, placeOf } = readPlacedYaml(text);
  if (problems.length > 0) return { ok: false, problems };
  const parsed = worldSchema.safeParse(value);
  const issues = parsed.success ? checkWorld(parsed.data) : [...formIssues(value), ...meaningIssues(value)];
  if (parsed.success && issues.length === 0) return { ok: true, world: parsed.data };
  const found = issues.map(({ path, at, ...what }): WorldProblem => ({ ...placeOf(path, at), ...what }));
  return { ok: false, problems: inOrder(found) };
}

/** In the order of the text; of very many the first ones, and that there are more. */
function inOrder(problems: readonly WorldProblem[]): readonly WorldProblem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const next = sorted[YAML_PROBLEMS_MAX];
  if (next === undefined) return sorted;
  const message = `expected at most ${YAML_PROBLEMS_MAX} problems, found more; the first of them are told`;
  return [...sorted.slice(0, YAML_PROBLEMS_MAX), { line: next.line, column: next.column, message }];
}

/** Of a world whose form is wrong: names that lead nowhere all the same. Nothing when its form hides too much. */
function meaningIssues(value: unknown): readonly WorldIssue[] {
  const mended = mendWorld(value);
  if (mended === undefined) return [];
  return checkWorld(mended.world).filter(({ path }) => !mended.doubtful.some((entry) => isBelow(path, entry)));
}

const isBelow = (path: readonly PropertyKey[], entry: readonly PropertyKey[]) =>
  entry.every((part, at) => path[at] === part);

/** The file's name is how a drill finds its world, so it must be the world's own. */
function checkFileName(file: string, { name }: World): readonly WorldProblem[] {
  const expected = basename(file, '.yaml');
  return name === expected
    ? []
    : [{ line: 1, column: 1, message: `expected the name of its file, ${expected}, found "${name}"` }];
}
