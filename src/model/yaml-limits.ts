// What a YAML text may hold. Looked at before it is parsed, because the parser recurses and keeps an object for each token; and again in
// its value, because aliases make a small text a large value. Pure, and linear in what it looks at.
import { CST, Lexer } from 'yaml';

/** Mappings and lists inside each other. */
const YAML_DEPTH_MAX = 100;
/** Names, values, signs and line ends: a drill of 10,000 steps has fewer. */
const YAML_TOKENS_MAX = 1_000_000;
/** Values with those that aliases repeat. */
const YAML_VALUES_MAX = 500_000;
/** Lines that begin with a percent sign; the parser keeps a warning for each. */
const DIRECTIVES_MAX = 10;
/** Of a text whose signs are wrong, the first ones are told. */
export const SYNTAX_PROBLEMS_MAX = 200;
/** Of a drill of 10,000 steps, each may be wrong. */
export const YAML_PROBLEMS_MAX = 20_000;

/** `message` is `expected …, found …`. */
export interface TextExcess {
  readonly offset: number;
  readonly message: string;
}

/** Where a text goes beyond a limit; undefined when it does not. */
export function yamlExcess(text: string): TextExcess | undefined {
  const depthAfter = depthReader();
  let [offset, tokens, directives, isScalar] = [0, 0, 0, false];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > YAML_TOKENS_MAX)
      return { offset, message: `expected at most ${YAML_TOKENS_MAX} words and signs, found more` };
    if (MARKS.has(token)) {
      isScalar = token === CST.SCALAR;
      continue;
    }
    const type = isScalar ? 'scalar' : CST.tokenType(token);
    if (type === 'directive-line') directives += 1;
    if (directives > DIRECTIVES_MAX)
      return { offset, message: `expected at most ${DIRECTIVES_MAX} directives, found more` };
    if (depthAfter(type, token) > YAML_DEPTH_MAX) return { offset, message: tooDeep };
    isScalar = false;
    offset += token.length;
  }
  return undefined;
}

const tooDeep = `expected at most ${YAML_DEPTH_MAX} levels of nesting, found more`;

/** What the lexer says about the next token; nothing of the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);
/** Behind these another list or mapping may begin on the same line. */
const OPENING: ReadonlySet<string | null> = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);
const PASSED_OVER: ReadonlySet<string | null> = new Set(['space', 'comment', 'newline']);

/** Counts the columns at which something began that is still open, and the brackets. */
function depthReader(): (type: string | null, token: string) => number {
  const columns: number[] = [];
  let [column, brackets, mayOpen] = [0, 0, true];
  return (type, token) => {
    if (type === 'flow-map-start' || type === 'flow-seq-start') brackets += 1;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') brackets = Math.max(0, brackets - 1);
    else if (brackets === 0 && mayOpen && !PASSED_OVER.has(type)) {
      while ((columns.at(-1) ?? -1) > column) columns.pop();
      if (columns.at(-1) !== column) columns.push(column);
      mayOpen = OPENING.has(type);
    }
    const lineEnd = token.lastIndexOf('\n');
    column = lineEnd === -1 ? column + token.length : token.length - lineEnd - 1;
    if (lineEnd !== -1) mayOpen = true;
    return columns.length + brackets;
  };
}

/** `path` is keys and indexes from the top. */
export interface ValueExcess {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Inner {
  readonly value: unknown;
  readonly key: string | number | undefined;
  readonly owner: Inner | undefined;
  readonly depth: number;
}

/** Where a value goes beyond a limit once its aliases are written out; undefined when it does not. */
export function valueExcess(value: unknown): ValueExcess | undefined {
  const open: Inner[] = [{ value, key: undefined, owner: undefined, depth: 0 }];
  let values = 0;
  for (let inner = open.pop(); inner !== undefined; inner = open.pop()) {
    values += 1;
    if (values > YAML_VALUES_MAX)
      return { path: pathOf(inner), message: `expected at most ${YAML_VALUES_MAX} values, found more` };
    if (inner.depth > YAML_DEPTH_MAX) return { path: pathOf(inner), message: tooDeep };
    for (const [key, member] of membersOf(inner.value))
      open.push({ value: member, key, owner: inner, depth: inner.depth + 1 });
  }
  return undefined;
}

function membersOf(value: unknown): Iterable<readonly [string | number, unknown]> {
  if (Array.isArray(value)) return value.entries();
  return value !== null && typeof value === 'object' ? Object.entries(value) : [];
}

function pathOf(inner: Inner): readonly (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Inner | undefined = inner; at?.key !== undefined; at = at.owner) path.unshift(at.key);
  return path;
}
