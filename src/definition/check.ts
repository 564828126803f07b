// What a definition means, held against what exists: one small file a check, all of them run, every issue kept.
import { checkChildren } from './check-children.ts';
import { checkCreates } from './check-creates.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkGuardrails } from './check-guardrails.ts';
import { checkInputs } from './check-inputs.ts';
import { checkMode } from './check-mode.ts';
import { checkNames } from './check-names.ts';
import { checkNeeds } from './check-needs.ts';
import { checkObjectives } from './check-objectives.ts';
import { checkPages } from './check-pages.ts';
import { checkPrograms } from './check-programs.ts';
import { checkReach } from './check-reach.ts';
import { checkReads } from './check-reads.ts';
import { checkResources } from './check-resources.ts';
import { checkScope } from './check-scope.ts';
import { checkService } from './check-service.ts';
import { checkUndo } from './check-undo.ts';
import { checkUses } from './check-uses.ts';
import { expressionContext } from './expression-context.ts';
import { placedSteps } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Definition } from './schema.ts';
import type { CheckAgainst, Subject } from './subject.ts';

const CHECKS: readonly ((subject: Subject) => readonly Issue[])[] = [
  checkNames,
  checkResources,
  checkUses,
  checkInputs,
  checkNeeds,
  checkExpressions,
  checkScope,
  checkCreates,
  checkReads,
  checkPrograms,
  checkReach,
  checkMode,
  checkPages,
  checkChildren,
  checkUndo,
  checkService,
  checkObjectives,
  checkGuardrails,
];

/** Everything that is wrong with what the definition means. Empty: it can be planned. */
export function checkDefinition(definition: Definition, against: CheckAgainst): readonly Issue[] {
  const context = expressionContext(definition, against.environment);
  const subject = { ...against, definition, context, steps: placedSteps(definition) };
  return CHECKS.flatMap((check) => check(subject));
}
