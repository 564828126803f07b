// What a definition means, held against what exists: one small file a check, all of them run, every issue kept.
import type { Catalogue } from '../model/action.ts';
import type { Environment } from '../model/environment.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkGuardrails } from './check-guardrails.ts';
import { checkInputs } from './check-inputs.ts';
import { checkNames } from './check-names.ts';
import { checkNeeds } from './check-needs.ts';
import { checkObjectives } from './check-objectives.ts';
import { checkResources } from './check-resources.ts';
import { checkScope } from './check-scope.ts';
import { checkUndo } from './check-undo.ts';
import { checkUses } from './check-uses.ts';
import { type ExpressionContext, expressionContext } from './expression-context.ts';
import { type PlacedStep, placedSteps } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import type { Definition } from './schema.ts';

/** What a definition is held against. Without an environment, what depends on it is left for the plan to check. */
export interface CheckAgainst {
  /** Of any world: a check never acts. */
  readonly catalogue: Catalogue<never>;
  readonly environment?: Environment;
}

/** What every check sees. */
export interface Subject extends CheckAgainst {
  readonly definition: Definition;
  readonly steps: readonly PlacedStep[];
  readonly context: ExpressionContext;
}

const CHECKS: readonly ((subject: Subject) => readonly Issue[])[] = [
  checkNames,
  checkResources,
  checkUses,
  checkInputs,
  checkNeeds,
  checkExpressions,
  checkScope,
  checkUndo,
  checkObjectives,
  checkGuardrails,
];

/** Everything that is wrong with what the definition means. Empty: it can be planned. */
export function checkDefinition(definition: Definition, against: CheckAgainst): readonly Issue[] {
  const context = expressionContext(definition, against.environment);
  const subject = { ...against, definition, context, steps: placedSteps(definition) };
  return CHECKS.flatMap((check) => check(subject));
}
