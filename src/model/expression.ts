// Conditions and `${{ }}` of drill files: CEL through a kept library, with the names an expression reads listed for the checks.
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { CodedError, toErrorData } from './errors.ts';
import { inTime } from './in-time.ts';
import type { Json } from './json.ts';
import { templateSpans, wholeTemplate } from './template-spans.ts';

export const EXPRESSION_CHARACTERS_MAX = 10_000;
/** `rows.all(a, rows.all(b, …))` nests two deep. */
const LOOPS_NESTED_MAX = 3;
/** Of a value: characters of its texts, and members. */
const EXPRESSION_VALUE_MAX = 4_000_000;
const SHOWN_CHARACTERS_MAX = 300;
/** On either side of a condition among those that `&&` joins. */
const PARENTHESES_MAX = 20;

export interface Expression {
  readonly text: string;
  /** Every dotted path that the expression reads from its context, longest form: `steps.promote.output.lsn`; `a["b"]` counts as `a.b`. */
  readonly references: readonly string[];
  /** Each of the conditions that `&&` joins, but for those that read nothing. */
  readonly conjuncts: () => readonly Conjunct[];
  /** False: its text alone tells that it gives something else than true or false. */
  readonly mayBeCondition: () => boolean;
  /** Throws CodedError `expression-failed` when a name is missing or types do not fit. */
  readonly evaluate: (context: Readonly<Record<string, unknown>>) => Json;
}

/** `text`: what stands in the expression, which can be judged alone. */
export type Conjunct = Pick<Expression, 'text' | 'references'>;

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
  const { parsed, names, run } = attempt('expression-invalid', text, () => {
    if (text.length > EXPRESSION_CHARACTERS_MAX)
      throw new RangeError(`expected at most ${EXPRESSION_CHARACTERS_MAX} characters, found ${text.length}`);
    const parsed = language.parse(text);
    const { nested, isCostly } = costOf(parsed.ast);
    if (nested > LOOPS_NESTED_MAX)
      throw new RangeError(`expected loops to nest at most ${LOOPS_NESTED_MAX} deep, found ${nested}`);
    return { parsed, names: [...new Set(references(parsed.ast, []))], run: isCostly ? inTime : atOnce };
  });
  return {
    text,
    references: names,
    conjuncts: () =>
      // Parsed anew: checking and evaluating leave marks in a tree.
      conjuncts(language.parse(text).ast)
        .map((part) => ({ text: textOf(part, text), references: [...new Set(references(part, []))] }))
        .filter((part) => part.references.length > 0),
    mayBeCondition: () => ['bool', 'dyn'].includes(parsed.check().type ?? 'dyn'),
    evaluate: (context) => attempt('expression-failed', text, () => run(() => toJson(parsed({ ...context })))),
  };
}

const atOnce = <T>(work: () => T): T => work();

/** The expressions inside a text with `${{ }}`. */
export const templateExpressions = (text: string): readonly string[] => templateSpans(text).map(({ inner }) => inner);

/** Fills every `${{ }}` of a JSON value. A text that is one expression becomes its value, others are joined as text. */
export function fillTemplates(value: Json, context: Readonly<Record<string, unknown>>): Json {
  if (Array.isArray(value)) return value.map((item) => fillTemplates(item, context));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fillTemplates(member, context)]));
  return typeof value === 'string' ? fillText(value, context) : value;
}

function fillText(text: string, context: Readonly<Record<string, unknown>>): Json {
  const whole = wholeTemplate(text);
  if (whole !== undefined) return parseExpression(whole).evaluate(context);
  let [filled, end] = ['', 0];
  for (const span of templateSpans(text)) {
    const value = parseExpression(span.inner).evaluate(context);
    filled += text.slice(end, span.start) + (typeof value === 'string' ? value : JSON.stringify(value));
    end = span.end;
  }
  return filled + text.slice(end);
}

function attempt<T>(code: 'expression-invalid' | 'expression-failed', text: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const reason = toErrorData(cause).message.split('\n', 1)[0] ?? '';
    const shown = text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
    throw new CodedError(code, `${reason} in "${shown}"`, { cause });
  }
}

function toJson(value: unknown): Json {
  requireSmall(value);
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined) return null;
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? Number(member) : member)),
  ) as Json;
}

/** Before its texts are written out: a text that was put together takes no memory until then. */
function requireSmall(value: unknown): void {
  let size = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    size += typeof next === 'string' ? next.length : 1;
    if (size > EXPRESSION_VALUE_MAX)
      throw new RangeError(`expected a value of at most ${EXPRESSION_VALUE_MAX} characters and members, found more`);
    if (next !== null && typeof next === 'object' && !ArrayBuffer.isView(next))
      for (const member of Object.values(next)) open.push(member);
  }
}

const conjuncts = (node: ASTNode): readonly ASTNode[] =>
  node.op === '&&' ? (node.args as [ASTNode, ASTNode]).flatMap(conjuncts) : [node];

/** Of a node whose range lacks parentheses (`(a + 1) * 2`), with them. The whole text when nothing else means the same. */
function textOf(node: ASTNode, whole: string): string {
  const meant = shapeOf(node);
  const starts = spread(whole, node.start - 1, -1).map((at) => at + 1);
  const ends = spread(whole, node.end, 1);
  for (const start of [node.start, ...starts])
    for (const end of [node.end, ...ends]) {
      const text = whole.slice(start, end);
      if (isShaped(text, meant)) return text;
    }
  return whole;
}

/** Where parentheses and spaces beside a node may end. */
function spread(whole: string, from: number, step: 1 | -1): readonly number[] {
  const found: number[] = [];
  for (let at = from; /[()\s]/.test(whole.charAt(at)) && found.length < PARENTHESES_MAX; at += step)
    found.push(at + step);
  return found;
}

function isShaped(text: string, meant: string): boolean {
  try {
    return shapeOf(language.parse(text).ast) === meant;
  } catch {
    return false;
  }
}

/** What a node means, wherever it stands. */
const shapeOf = (node: ASTNode): string =>
  JSON.stringify(node, (_, member: unknown) => {
    if (typeof member === 'bigint') return `${member}n`;
    return member !== null && typeof member === 'object' && 'op' in member && 'args' in member
      ? { op: member.op, args: member.args }
      : member;
  });

/** Names bound by a macro (`rows.all(row, row.ok)`) are not references. */
const MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

interface Cost {
  /** How deep loops stand in loops; one behind another is none in it. */
  readonly nested: number;
  readonly isCostly: boolean;
}

/** What can take long: loops over what was seen, and patterns. */
function costOf(node: ASTNode): Cost {
  if (node.op !== 'rcall') return highest(children(node.args).map(costOf));
  const [name, receiver, args] = node.args as [string, ASTNode, ASTNode[]];
  const isLoop = MACROS.has(name);
  const inside = highest(args.map(costOf));
  return highest([
    costOf(receiver),
    { nested: inside.nested + (isLoop ? 1 : 0), isCostly: inside.isCostly || isLoop || name === 'matches' },
  ]);
}

const highest = (costs: readonly Cost[]): Cost => ({
  nested: Math.max(0, ...costs.map(({ nested }) => nested)),
  isCostly: costs.some(({ isCostly }) => isCostly),
});

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
