// Runbook pages of a workspace that a drill names, read from its files.
import { existsSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pageOf } from '../definition/check-pages.ts';
import { parsePage } from '../definition/parse-page.ts';
import { placedSteps } from '../definition/placed-steps.ts';
import { formatProblem } from '../definition/problem.ts';
import type { Definition } from '../definition/schema.ts';
import { UsageError } from '../model/errors.ts';
import type { Page } from '../model/page.ts';
import { catalogue } from '../providers/catalogue.ts';
import { readTextFile } from '../twin/index.ts';
import type { Workspace } from './workspace.ts';

/** By path inside the workspace; those that are absent are missing. Throws UsageError `refused` with every problem of every page. */
export function loadPages({ root }: Pick<Workspace, 'root'>, definition: Definition): ReadonlyMap<string, Page> {
  const named = placedSteps(definition).flatMap(
    ({ step }) => pageOf(catalogue.actions.get(step.uses), step.with) ?? [],
  );
  const files = [...new Set(named)].filter((file) => isInside(root, file));
  const parsed = files.map((file) => ({ file, result: parsePage(readTextFile(join(root, file)), file) }));
  const problems = parsed.flatMap(({ file, result }) => {
    const shown = relative(process.cwd(), join(root, file));
    return result.ok ? [] : result.problems.map((problem) => formatProblem({ ...problem, file: shown }));
  });
  if (problems.length > 0) throw new UsageError('refused', problems.join('\n'));
  return new Map(parsed.flatMap(({ file, result }) => (result.ok ? [[file, result.page] as const] : [])));
}

/** A link must not lead out of the workspace. */
function isInside(root: string, file: string): boolean {
  const path = join(root, file);
  return existsSync(path) && realpathSync(path).startsWith(realpathSync(root) + sep);
}
