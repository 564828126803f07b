// A runbook page exists, and people have the time for it that it says it needs.
import { formatDuration } from '../model/duration.ts';
import { suggest } from '../model/suggest.ts';
import { fillKnown, isOpen } from './expression-context.ts';
import type { Issue } from './problem.ts';
import { durationMs } from './schema.ts';
import type { Subject } from './subject.ts';

/** Without pages, they are left for the plan to check. */
export function checkPages({ steps, catalogue, context, pages, nearPage }: Subject): readonly Issue[] {
  if (pages === undefined) return [];
  return steps.flatMap(({ step, path }) => {
    const file = pageOf(catalogue.actions.get(step.uses), fillKnown(step.with, context));
    if (file === undefined) return [];
    const at = [...path, 'with', 'page'];
    if (isOpen(file))
      return [{ path: at, message: 'expected a page that is known when the plan is made, found one that is not' }];
    const page = pages.get(file);
    if (page === undefined)
      return [
        {
          path: at,
          message: `expected a page of the workspace, found none at "${file}"`,
          ...(nearPage?.(file) ?? suggest(file, pages.keys())),
        },
      ];
    if (durationMs(step.timeout) >= page.expectedMs) return [];
    const expected = formatDuration(page.expectedMs);
    const message = `expected a timeout of at least ${expected}, because ${file} takes people that long; found ${step.timeout}`;
    return [{ path: [...path, 'timeout'], message }];
  });
}

/** The page that a step with this input asks people about; of a wrong input, nothing is known. */
export function pageOf(
  action:
    | {
        readonly input: { safeParse: (input: unknown) => { success: boolean; data?: unknown } };
        readonly page?: (input: never) => string;
      }
    | undefined,
  filled: unknown,
): string | undefined {
  const parsed = action?.input.safeParse(filled);
  return parsed?.success === true ? action?.page?.(parsed.data as never) : undefined;
}
