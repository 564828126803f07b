// What `${{ }}` can read before anything runs, and how far an input can be filled with it.
import type { Environment } from '../model/environment.ts';
import { fillTemplates, parseExpression, templateExpressions } from '../model/expression.ts';
import type { Json } from '../model/json.ts';
import { formatResourceId } from '../model/resource-id.ts';
import type { Definition } from './schema.ts';

export type ExpressionContext = Readonly<Record<string, unknown>>;

/** Stands for the subscription while the environment is unknown: ids then compare, and mean nothing else. */
const NO_SUBSCRIPTION = '00000000-0000-0000-0000-000000000000';

/** Resource names → full ARM ids. */
export function resolveResources(
  definition: Definition,
  subscription = NO_SUBSCRIPTION,
): Readonly<Record<string, string>> {
  const ids = Object.entries(definition.resources).map(([name, resource]) => {
    return [name, formatResourceId({ ...resource, subscription: resource.subscription ?? subscription })] as const;
  });
  return Object.fromEntries(ids);
}

/** `resources`, `drill` and, when it is known, `environment`. `steps` are only known at run time. */
export function expressionContext(definition: Definition, environment?: Environment): ExpressionContext {
  const resources = resolveResources(definition, environment?.subscription);
  return { resources, drill: definition.drill, ...(environment && { environment }) };
}

/** Fills every text whose expressions read the context alone; the others stay as they are, for the run to fill. */
export function fillKnown(value: Json, context: ExpressionContext): Json {
  if (Array.isArray(value)) return value.map((item: Json) => fillKnown(item, context));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fillKnown(member, context)]));
  return typeof value === 'string' && value.includes('${{') ? fillText(value, context) : value;
}

function fillText(text: string, context: ExpressionContext): Json {
  try {
    return readsOnly(text, context) ? fillTemplates(text, context) : text;
  } catch {
    // What is wrong with the expression is reported by its own check, with its place.
    return text;
  }
}

const readsOnly = (text: string, context: ExpressionContext) =>
  rootsOf(text).every((root) => Object.hasOwn(context, root));

/** The first names of everything that the expressions in a text read. Throws CodedError `expression-invalid`. */
export const rootsOf = (text: string): readonly string[] =>
  templateExpressions(text)
    .flatMap((expression) => parseExpression(expression).references)
    .map((reference) => reference.split('.', 1)[0] ?? '');

/** True when the text waits for the output of a step. */
export function readsSteps(text: string): boolean {
  try {
    return rootsOf(text).includes('steps');
  } catch {
    return false;
  }
}

/** True when something in the value is left for the run to fill. */
export function isOpen(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${{');
  return value !== null && typeof value === 'object' && Object.values(value).some(isOpen);
}
