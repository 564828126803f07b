// The workspace's allow list of programs, drills/programs.yaml. Without the file no program can be run.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import * as z from 'zod';
import { formatProblem, placeIssues } from '../definition/problem.ts';
import { readYaml } from '../definition/read-yaml.ts';
import { issuesOf } from '../definition/zod-issues.ts';
import { parseDuration } from '../model/duration.ts';
import { toErrorData, UsageError } from '../model/errors.ts';
import { sha256 as digestOf } from '../model/json.ts';
import type { ListedProgram } from '../model/program.ts';
import { readTextFile } from '../twin/index.ts';
import type { Workspace } from './workspace.ts';

const PROGRAMS_MAX = 100;
const LIST_MAX = 50;
const PROGRAM_BYTES_MAX = 512 * 1024 * 1024;
const TIMEOUT_MS_MAX = 3_600_000;

const pattern = z.string().refine(isPattern, 'expected a regular expression in Unicode mode');
/** The loader's own variables would run code that no digest covers. */
const variable = z
  .string()
  .regex(
    /^(?!LD_|DYLD_)[A-Za-z_][A-Za-z0-9_]*$/,
    'expected the name of an environment variable, and none of the loader',
  );
const TIMEOUT_EXPECTED = 'expected an ISO 8601 duration above zero and up to PT1H';
const timeout = z
  .string({ error: TIMEOUT_EXPECTED })
  .refine((text) => isTimeout(parseDuration(text)), TIMEOUT_EXPECTED);

const program = z.strictObject({
  path: z.string().refine(isAbsolute, 'expected an absolute path'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 digest of 64 hex digits in lower case')
    .optional(),
  arguments: z.array(pattern).max(LIST_MAX).default([]),
  environment: z.array(variable).max(LIST_MAX).default([]),
  timeout: timeout.default('PT1M'),
});
const schema = z.strictObject({
  programs: z
    .record(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a name in lower case with hyphens'), program)
    .refine((listed) => Object.keys(listed).length <= PROGRAMS_MAX, `expected at most ${PROGRAMS_MAX} programs`),
});

/** Every program with the digest of its file as it is now. Throws UsageError `refused` with a line for each problem of the list. */
export function loadPrograms({ root }: Pick<Workspace, 'root'>): readonly ListedProgram[] {
  const file = join(root, 'drills', 'programs.yaml');
  if (!existsSync(file)) return [];
  const shown = relative(process.cwd(), file) || file;
  const { value, problems, locate } = readYaml(readTextFile(file), shown);
  const found = problems.length > 0 ? problems : placeIssues(issuesOf(schema, value), shown, locate);
  if (found.length > 0) throw new UsageError('refused', found.map(formatProblem).join('\n'));
  return Object.entries(schema.parse(value).programs).map(([name, listed]) => examine(name, listed));
}

/** A program that is not there keeps nobody from a drill that does not run it. */
function examine(name: string, listed: z.infer<typeof program>): ListedProgram {
  const { path, sha256: expected, timeout: limit, ...allowed } = listed;
  try {
    const sha256 = digestOfProgram(path);
    if (expected !== undefined && expected !== sha256)
      return { name, problem: `expected ${path} with the sha256 ${expected} of drills/programs.yaml, found ${sha256}` };
    return { name, path, sha256, ...allowed, timeoutMs: parseDuration(limit) ?? 0 };
  } catch (error) {
    const { code } = toErrorData(error);
    return { name, problem: `expected a program that can be run at ${path}, found none (${code})` };
  }
}

function digestOfProgram(path: string): string {
  const stat = statSync(path);
  // A pipe would be waited for; of a folder the reading itself says what it is.
  if (!stat.isFile() && !stat.isDirectory())
    throw new UsageError('refused', 'expected a plain file, found something else');
  const { size } = stat;
  if (size > PROGRAM_BYTES_MAX)
    throw new UsageError('refused', `expected at most ${PROGRAM_BYTES_MAX} bytes, found ${size}`);
  accessSync(path, constants.X_OK);
  return digestOf(readFileSync(path));
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

const isTimeout = (ms: number | undefined) => ms !== undefined && ms > 0 && ms <= TIMEOUT_MS_MAX;
