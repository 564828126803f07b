// Line and column of every part of a YAML text.
import { type Document, isMap, isSeq, LineCounter, type Node } from 'yaml';
import { toErrorData } from '../../model/errors.ts';
import { parseYaml } from '../../model/parse-yaml.ts';
import { firstAlias, openAliases, pairOf, wrongKeys } from '../../model/yaml-keys.ts';
import { SYNTAX_PROBLEMS_MAX, valueExcess, yamlExcess } from '../../model/yaml-limits.ts';

const CHARACTERS_MAX = 1_000_000;
const ALIASES_MAX = 100;

interface Place {
  readonly line: number;
  readonly column: number;
}

export interface PlacedYaml {
  /** Undefined when the text is no YAML. */
  readonly value: unknown;
  readonly problems: readonly (Place & { readonly message: string })[];
  /** Where the value at a path, or its key, stands; where its nearest owner stands when there is none. */
  readonly placeOf: (path: readonly PropertyKey[], at?: 'key') => Place;
}

/** Reads one YAML document. What is wrong with the text is a problem, never an exception. */
export function readPlacedYaml(text: string): PlacedYaml {
  if (text.length > CHARACTERS_MAX)
    return broken(`expected at most ${CHARACTERS_MAX} characters, found ${text.length}`);
  const excess = yamlExcess(text);
  if (excess !== undefined) return broken(excess.message, placeBefore(text, excess.offset));
  const read = readDocument(text);
  const large = valueExcess(read.value);
  return large === undefined ? read : broken(large.message, read.placeOf(large.path));
}

function readDocument(text: string): PlacedYaml {
  const lines = new LineCounter();
  const document = parseYaml(text, { lineCounter: lines });
  const found = [
    ...[...document.errors, ...document.warnings].map(({ pos, message }) => ({
      offset: pos[0],
      message: `expected valid YAML, found: ${firstLine(message)}`,
    })),
    ...openAliases(document),
    ...wrongKeys(document),
  ];
  const problems = found
    .slice(0, SYNTAX_PROBLEMS_MAX)
    .map(({ offset, message }) => ({ ...placeAt(lines, offset), message }));
  const read = {
    problems,
    placeOf: (path: readonly PropertyKey[], at?: 'key') => placeAt(lines, offsetOf(document, path, at)),
  };
  if (problems.length > 0) return { ...read, value: undefined };
  try {
    return { ...read, value: document.toJS({ maxAliasCount: ALIASES_MAX }) };
  } catch (thrown) {
    // Too many aliases are thrown by the library.
    const message = `expected readable YAML, found ${firstLine(toErrorData(thrown).message)}`;
    return { ...read, value: undefined, problems: [{ ...placeAt(lines, firstAlias(document)), message }] };
  }
}

const START: Place = { line: 1, column: 1 };
const broken = (message: string, place = START): PlacedYaml => ({
  value: undefined,
  problems: [{ ...place, message }],
  placeOf: () => place,
});

function placeBefore(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const firstLine = (message: string) => message.split('\n', 1)[0] ?? '';

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], at?: 'key'): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [nth, part] of path.entries()) {
    const { key, value } = memberOf(node, part);
    const found = (at === 'key' && nth === path.length - 1 ? key : value) ?? value ?? key;
    if (found?.range == null) return offset;
    offset = found.range[0];
    node = value;
  }
  return offset;
}

interface Member {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** A pair whose value is empty has a key alone, an item of a list a value alone. */
function memberOf(node: Node | null, part: PropertyKey): Member {
  if (isSeq(node)) return { key: null, value: (node.items[Number(part)] as Node | undefined) ?? null };
  if (!isMap(node)) return { key: null, value: null };
  const pair = pairOf(node, String(part));
  return { key: (pair?.key as Node | undefined) ?? null, value: (pair?.value as Node | null | undefined) ?? null };
}
