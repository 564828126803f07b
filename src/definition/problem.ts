import { YAML_PROBLEMS_MAX } from '../model/yaml-limits.ts';

/** Keys and indexes from the top of the file to a value: `['recovery', 0, 'with', 'server']`. */
export type Path = readonly (string | number)[];

/** What is wrong at a path. `at: 'key'` points at the key itself instead of its value. */
export interface Issue {
  readonly path: Path;
  readonly at?: 'key';
  /** `expected …, found …`. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** What is wrong in a file. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestion?: string;
}

/** `file:line:column: expected …, found …; did you mean "…"?` */
export function formatProblem({ file, line, column, message, suggestion }: Problem): string {
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${file}:${line}:${column}: ${message}${hint}`;
}

/** Where a value, or its key, stands in a file. Of a missing value: where its nearest present owner stands. */
export type Locate = (path: Path, at?: 'key') => { readonly line: number; readonly column: number };

/** Gives every issue its place. */
export const placeIssues = (issues: readonly Issue[], file: string, locate: Locate): readonly Problem[] =>
  issues.map(({ path, at, ...what }): Problem => ({ file, ...locate(path, at), ...pick(what) }));

/** In the order of the file, each problem once; of very many the first ones, and how many there are. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  const distinct = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  const sorted = [...distinct.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  const next = sorted[YAML_PROBLEMS_MAX];
  if (next === undefined) return sorted;
  const { file, line, column } = next;
  const message = `expected at most ${YAML_PROBLEMS_MAX} problems, found more; the first of them are told`;
  return [...sorted.slice(0, YAML_PROBLEMS_MAX), { file, line, column, message }];
}

const pick = ({ message, suggestion }: Omit<Issue, 'path' | 'at'>) =>
  suggestion === undefined ? { message } : { message, suggestion };

const QUOTED_CHARACTERS_MAX = 60;

/** A found value in the words of a message. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? quote(value) : String(value);
}

const quote = (text: string) => JSON.stringify(text.length > QUOTED_CHARACTERS_MAX ? shortened(text) : text);

/** Of an ARM id its end tells what it is; of any other text its beginning. */
function shortened(text: string): string {
  const named = /^\/subscriptions\/[^\s]*\/providers(\/[^\s]+)$/i.exec(text)?.[1];
  return named === undefined
    ? `${text.slice(0, QUOTED_CHARACTERS_MAX)}…`
    : `…${named.slice(0, 2 * QUOTED_CHARACTERS_MAX)}`;
}

/** `a, b or c`. */
export function orList(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
