// What stands under `with` fits the action, probe or canary. Parts that only the run can fill are checked when it has filled them.
import type * as z from 'zod';
import type { JsonObject } from '../model/json.ts';
import { fillKnown, isOpen } from './expression-context.ts';
import type { Issue, Path } from './problem.ts';
import type { Subject } from './subject.ts';
import { issuesOf, valueAt } from './zod-issues.ts';

export function checkInputs(subject: Subject): readonly Issue[] {
  const { definition, catalogue, steps } = subject;
  const inputs: readonly Input[] = [
    ...steps.map(({ step, path }) => ({ path, with: step.with, taker: catalogue.actions.get(step.uses) })),
    ...definition.probes.map((probe, index) => ({
      ...probe,
      path: ['probes', index],
      taker: catalogue.probes.get(probe.uses),
    })),
    ...definition.canaries.map((canary, index) => ({
      ...canary,
      path: ['canaries', index],
      taker: catalogue.canaries.get(canary.uses),
    })),
  ];
  return inputs.flatMap((input) => wrongInput(input, subject));
}

interface Input {
  readonly path: Path;
  readonly with: JsonObject;
  readonly taker: { readonly input: z.ZodType<unknown> } | undefined;
}

function wrongInput({ path, with: given, taker }: Input, { context }: Subject): readonly Issue[] {
  if (taker === undefined) return [];
  const filled = fillKnown(given, context);
  const base = [...path, 'with'];
  const isAboutOpenPart = (issue: Issue) =>
    issue.at !== 'key' && isOpen(valueAt(filled, issue.path.slice(base.length)));
  return issuesOf(taker.input, filled, base).filter((issue) => !isAboutOpenPart(issue));
}
