import { checkDefinition } from './check.ts';
import { parseDefinition } from './parse.ts';
import { type Issue, inFileOrder, type Path, type Problem, placeIssues } from './problem.ts';
import { quotesStandIn } from './repair.ts';
import type { Definition } from './schema.ts';
import type { CheckAgainst } from './subject.ts';

export type LoadedDefinition =
  | { readonly ok: true; readonly definition: Definition }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses a drill text and checks what it means: every problem at once, in the order of the file. `file` is only a name. */
export function loadDefinition(text: string, file: string, against: CheckAgainst): LoadedDefinition {
  const parsed = parseDefinition(text, file);
  if (parsed.ok) {
    const problems = inFileOrder(placeIssues(checkDefinition(parsed.definition, against), file, parsed.locate));
    return problems.length === 0 ? { ok: true, definition: parsed.definition } : { ok: false, problems };
  }
  if (parsed.rest === undefined) return { ok: false, problems: parsed.problems };
  const { definition, locate, doubtful } = parsed.rest;
  const meaning = checkDefinition(definition, against).filter(
    (issue) => !isBelow(issue, doubtful) && !quotesStandIn(issue),
  );
  return { ok: false, problems: inFileOrder([...parsed.problems, ...placeIssues(meaning, file, locate)]) };
}

const isBelow = ({ path }: Issue, owners: readonly Path[]) =>
  owners.some((owner) => owner.every((key, index) => path[index] === key));
