// YAML text → plain value, with the line and column of every part. Everything hostile in the text ends here as a problem.
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type ParsedNode } from 'yaml';
import { toErrorData } from '../model/errors.ts';
import { parseYaml } from '../model/parse-yaml.ts';
import { firstAlias, openAliases, pairOf, wrongKeys } from '../model/yaml-keys.ts';
import { SYNTAX_PROBLEMS_MAX, valueExcess, yamlExcess } from '../model/yaml-limits.ts';
import type { Locate, Path, Problem } from './problem.ts';

const FILE_CHARACTERS_MAX = 4_194_304;
const ALIASES_MAX = 100;

export interface YamlText {
  /** Undefined when the text is so broken that its shape cannot be trusted. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly locate: Locate;
}

/** Reads YAML 1.2. Syntax errors, duplicate keys, unknown tags, bombs and depths are problems, never exceptions. */
export function readYaml(text: string, file: string): YamlText {
  const broken = (message: string, place: Place = { line: 1, column: 1 }): YamlText => ({
    value: undefined,
    problems: [{ file, ...place, message }],
    locate: () => place,
  });
  if (text.length > FILE_CHARACTERS_MAX)
    return broken(`expected at most ${FILE_CHARACTERS_MAX} characters, found ${text.length}`);
  const excess = yamlExcess(text);
  if (excess !== undefined) return broken(excess.message, placesOf(text)(excess.offset));
  const read = readDocument(text, file);
  const large = valueExcess(read.value);
  return large === undefined ? read : broken(large.message, read.locate(large.path));
}

function readDocument(text: string, file: string): YamlText {
  const document = parseYaml(text);
  const placeOf = placesOf(text);
  const open = openAliases(document);
  const found = [
    ...[...document.errors, ...document.warnings].map(({ code, pos, message }) => ({
      offset: pos[0],
      wrong:
        code === 'MULTIPLE_DOCS'
          ? 'expected one YAML document, found another'
          : `expected valid YAML, found: ${firstLine(message)}`,
    })),
    ...[...open, ...wrongKeys(document)].map(({ offset, message }) => ({ offset, wrong: message })),
  ];
  const problems = found
    .slice(0, SYNTAX_PROBLEMS_MAX)
    .map(({ offset, wrong }): Problem => ({ file, ...placeOf(offset), message: wrong }));
  const read = { problems, locate: (path: Path, at?: 'key') => placeOf(offsetOf(document, path, at)) };
  // A file with a key written twice is still worth checking to its end; any other error leaves its shape in doubt.
  if (document.errors.length > 0 || open.length > 0) return { ...read, value: undefined };
  try {
    return { ...read, value: document.toJS({ maxAliasCount: ALIASES_MAX }) };
  } catch (thrown) {
    // Aliases beyond the limit are thrown by the library.
    const message = `expected readable YAML, found ${firstLine(toErrorData(thrown).message)}`;
    return { ...read, value: undefined, problems: [{ file, ...placeOf(firstAlias(document)), message }] };
  }
}

const firstLine = (message: string) => message.split('\n', 1)[0] ?? '';

type Place = ReturnType<Locate>;

/** Offset → line and column. The parser's own line counter misses line ends inside quoted texts. */
function placesOf(text: string): (offset: number) => Place {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return (offset) => {
    const inside = Math.min(offset, text.length);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if ((starts[middle] ?? 0) <= inside) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: inside - (starts[low] ?? 0) + 1 };
  };
}

function offsetOf(document: Document.Parsed, path: Path, at: 'key' | undefined): number {
  let node: ParsedNode | null = document.contents;
  let offset = node?.range[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    const member = memberOf(resolved(document, node), key);
    if (member === undefined) return offset;
    offset = at === 'key' && depth === path.length - 1 ? member.keyOffset : member.valueOffset;
    node = member.value;
  }
  return offset;
}

/** The node that an alias stands for; places below an alias are those of its anchor. */
function resolved(document: Document.Parsed, node: ParsedNode | null): ParsedNode | null {
  return isAlias(node) ? ((node.resolve(document) as ParsedNode | undefined) ?? null) : node;
}

interface Member {
  readonly keyOffset: number;
  readonly valueOffset: number;
  readonly value: ParsedNode | null;
}

function memberOf(node: ParsedNode | null, key: string | number): Member | undefined {
  if (isSeq(node)) {
    const value = (node.items[Number(key)] as ParsedNode | undefined) ?? null;
    return value === null ? undefined : { keyOffset: value.range[0], valueOffset: value.range[0], value };
  }
  if (!isMap(node)) return undefined;
  const pair = pairOf(node, key);
  if (pair === undefined || !isNode(pair.key)) return undefined;
  const keyOffset = (pair.key as ParsedNode).range[0];
  const value = pair.value as ParsedNode | null;
  const isEmpty = value === null || (isScalar(value) && value.range[0] === value.range[1]);
  return { keyOffset, valueOffset: isEmpty ? keyOffset : (value?.range[0] ?? keyOffset), value };
}
