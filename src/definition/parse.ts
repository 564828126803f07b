import { inFileOrder, type Locate, type Path, type Problem, placeIssues } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import { repair } from './repair.ts';
import { type Definition, drillSchema } from './schema.ts';
import { issuesOf } from './zod-issues.ts';

/** A refused file may still be whole enough for its meaning to be checked. */
interface Rest {
  readonly definition: Definition;
  readonly locate: Locate;
  /** Paths below which nothing more is to be reported. */
  readonly doubtful: readonly Path[];
}

export type ParsedDefinition =
  | { readonly ok: true; readonly definition: Definition; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly rest?: Rest };

/**
 * Drill text → definition, or every problem of its form with line and column. What the definition means is not checked here:
 * `loadDefinition` does both. `file` is only a name for messages; nothing is read from disk. Never throws for what the text holds.
 */
export function parseDefinition(text: string, file: string): ParsedDefinition {
  const { value, problems, locate } = readYaml(text, file);
  if (value === undefined && problems.length > 0) return { ok: false, problems: inFileOrder(problems) };
  const parsed = drillSchema.safeParse(value ?? null);
  if (parsed.success && problems.length === 0) return { ok: true, definition: parsed.data, locate };
  const found = inFileOrder([...problems, ...placeIssues(issuesOf(drillSchema, value ?? null), file, locate)]);
  const repaired = repair(value);
  return { ok: false, problems: found, ...(repaired && { rest: { ...repaired, locate } }) };
}
