// Conditions and `${{ }}` of drill files: CEL through a kept library, with the names an expression reads listed for the checks.
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { CodedError, toErrorData } from './errors.ts';
import type { Json } from './json.ts';

export interface Expression {
  readonly text: string;
  /** Every dotted path that the expression reads from its context, longest form: `steps.promote.output.lsn`; `a["b"]` counts as `a.b`. */
  readonly references: readonly string[];
  /** False: its text alone tells that it gives something else than true or false. */
  readonly mayBeCondition: () => boolean;
  /** Throws CodedError `expression-failed` when a name is missing or types do not fit. */
  readonly evaluate: (context: Readonly<Record<string, unknown>>) => Json;
}

type Arithmetic = (a: number, b: number) => number;
const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** CEL keeps `int` and `double` apart; JSON has one kind of number, so that `output.port + 1` must mix them. */
function mixedNumbers(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  for (const [sign, compute] of Object.entries(ARITHMETIC)) {
    const handler = (a: number | bigint, b: number | bigint) => compute(Number(a), Number(b));
    environment.registerOperator(`double ${sign} int`, handler).registerOperator(`int ${sign} double`, handler);
  }
  return environment.registerOperator('double % double', (a: number, b: number) => a % b);
}

const language = mixedNumbers();

/** Parses CEL. Throws CodedError `expression-invalid` with the parser's first line. */
export function parseExpression(text: string): Expression {
  const parsed = attempt('expression-invalid', text, () => language.parse(text));
  return {
    text,
    references: [...new Set(references(parsed.ast, []))],
    mayBeCondition: () => ['bool', 'dyn'].includes(parsed.check().type ?? 'dyn'),
    evaluate: (context) => attempt('expression-failed', text, () => toJson(parsed({ ...context }))),
  };
}

const WHOLE = /^\s*\$\{\{(.+?)\}\}\s*$/s;
const EACH = /\$\{\{(.+?)\}\}/gs;

/** The expressions inside a text with `${{ }}`. */
export const templateExpressions = (text: string): readonly string[] =>
  [...text.matchAll(EACH)].map((match) => (match[1] ?? '').trim());

/** Fills every `${{ }}` of a JSON value. A text that is one expression becomes its value, others are joined as text. */
export function fillTemplates(value: Json, context: Readonly<Record<string, unknown>>): Json {
  if (Array.isArray(value)) return value.map((item) => fillTemplates(item, context));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fillTemplates(member, context)]));
  return typeof value === 'string' ? fillText(value, context) : value;
}

function fillText(text: string, context: Readonly<Record<string, unknown>>): Json {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined && templateExpressions(text).length === 1)
    return parseExpression(whole.trim()).evaluate(context);
  return text.replaceAll(EACH, (_, inner: string) => {
    const filled = parseExpression(inner.trim()).evaluate(context);
    return typeof filled === 'string' ? filled : JSON.stringify(filled);
  });
}

function attempt<T>(code: 'expression-invalid' | 'expression-failed', text: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const reason = toErrorData(cause).message.split('\n', 1)[0] ?? '';
    throw new CodedError(code, `${reason} in "${text}"`, { cause });
  }
}

function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined) return null;
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? Number(member) : member)),
  ) as Json;
}

/** Names bound by a macro (`rows.all(row, row.ok)`) are not references. */
const MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

function references(node: ASTNode, bound: readonly string[]): string[] {
  const path = pathOf(node);
  if (path !== undefined) return bound.includes(path.split('.', 1)[0] ?? '') ? [] : [path];
  if (node.op === 'value') return [];
  if (node.op === 'rcall') return callReferences(node.args as [string, ASTNode, ASTNode[]], bound);
  return children(node.args).flatMap((child) => references(child, bound));
}

function callReferences([name, receiver, args]: [string, ASTNode, ASTNode[]], bound: readonly string[]): string[] {
  const variable = args[0] === undefined ? undefined : pathOf(args[0]);
  const inner = MACROS.has(name) && variable !== undefined ? [...bound, variable] : bound;
  return [...references(receiver, bound), ...args.flatMap((arg) => references(arg, inner))];
}

function pathOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args as string;
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [owner, member] = memberOf(node);
  if (member === undefined) return undefined;
  const start = pathOf(owner);
  return start === undefined ? undefined : `${start}.${member}`;
}

/** `a.b` and `a["b"]` name the same member; the second form reads names with a hyphen, which CEL takes for a minus. */
function memberOf(node: ASTNode): [owner: ASTNode, member: string | undefined] {
  const [owner, member] = node.args as [ASTNode, string | ASTNode];
  if (typeof member === 'string') return [owner, member];
  return [owner, member.op === 'value' && typeof member.args === 'string' ? member.args : undefined];
}

function children(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(children);
  return args !== null && typeof args === 'object' && 'op' in args ? [args as ASTNode] : [];
}
