// A world file → World, or every problem with its line and column.
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import type * as z from 'zod';
import { UsageError } from '../../model/errors.ts';
import { checkWorld } from './check-world.ts';
import type { WorldIssue } from './world-issues.ts';
import { type World, worldSchema } from './world-schema.ts';
import { readPlacedYaml } from './yaml-places.ts';

/**
 * Reads and checks a world file. Throws UsageError `not-found` when there is none, and `refused` with a line
 * `file:line:column: message` for each problem.
 */
export function loadWorld(file: string): World {
  const text = readText(file);
  const shown = relative(process.cwd(), file) || file;
  const parsed = parseWorld(text);
  const issues = parsed.ok ? checkFileName(file, parsed.world) : parsed.problems;
  if (parsed.ok && issues.length === 0) return parsed.world;
  throw new UsageError(
    'refused',
    issues.map(({ line, column, message }) => `${shown}:${line}:${column}: ${message}`).join('\n'),
  );
}

interface WorldProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type ParsedWorld =
  | { readonly ok: true; readonly world: World }
  | { readonly ok: false; readonly problems: readonly WorldProblem[] };

/** Text of a world file → World, or its problems in the order of the text. */
export function parseWorld(text: string): ParsedWorld {
  const { value, problems, placeOf } = readPlacedYaml(text);
  if (problems.length > 0) return { ok: false, problems };
  const parsed = worldSchema.safeParse(value);
  const issues = parsed.success
    ? checkWorld(parsed.data)
    : parsed.error.issues.flatMap((issue) => inWords(issue, value));
  if (parsed.success && issues.length === 0) return { ok: true, world: parsed.data };
  const found = issues.map(({ path, message }) => ({ ...placeOf(path), message }));
  return { ok: false, problems: found.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** The file's name is how a drill finds its world, so it must be the world's own. */
function checkFileName(file: string, { name }: World): readonly WorldProblem[] {
  const expected = basename(file, '.yaml');
  return name === expected
    ? []
    : [{ line: 1, column: 1, message: `expected the name of its file, ${expected}, found "${name}"` }];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError('not-found', `expected a world file at ${file}, found none`, { cause });
  }
}

type ZodIssue = z.core.$ZodIssue;

function inWords(issue: ZodIssue, root: unknown): readonly WorldIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: `expected a known key, found "${key}"` }));
  if (issue.code === 'invalid_key')
    return [
      {
        path: issue.path,
        message: `${issue.issues[0]?.message ?? 'expected another key'}, found "${String(issue.path.at(-1))}"`,
      },
    ];
  const value = valueAt(root, issue.path);
  const found = value === undefined ? `no ${String(issue.path.at(-1))}` : shownValue(value);
  return [
    { path: issue.path, message: `${expectation(issue)}, found ${found}`.replace(/(, found .*), found .*$/s, '$1') },
  ];
}

const TYPES: Readonly<Record<string, string>> = { object: 'a mapping', array: 'a list', string: 'text' };

/** The words that tell the members of a union apart, or the only union without such words: the time of an operation. */
function choices(issue: Extract<ZodIssue, { code: 'invalid_union' }>): string {
  const { options } = issue as { readonly options?: readonly unknown[] };
  return options === undefined ? '"recorded" or an ISO 8601 duration' : options.map(String).join(' or ');
}

function expectation(issue: ZodIssue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${TYPES[issue.expected] ?? `a value of type ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_small') return `expected at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `expected at most ${issue.maximum}`;
  if (issue.code === 'invalid_union') return `expected ${choices(issue)}`;
  return `expected a valid value (${issue.message})`;
}

const SHOWN_CHARACTERS_MAX = 60;
const shownValue = (value: unknown) =>
  value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN_CHARACTERS_MAX);

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((owner, key) => (owner as Record<PropertyKey, unknown> | null | undefined)?.[key], root);
}
