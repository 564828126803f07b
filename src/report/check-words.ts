// What a check expected and observed, as people read it: values by name, instants with their time. The exact text stays in result.json.
import { formatInstant } from '../model/clock.ts';

const LINES_MAX = 50;
const DEPTH_MAX = 8;
/** Thirteen digits: epoch milliseconds of the years 2001 to 2286. */
const EPOCH_MS_MIN = 1e12;
const EPOCH_MS_MAX = 1e13;
/** A number alone is no instant; its name says so. */
const INSTANT_NAME = /(?:\bat|At|[tT]ime|[tT]imestamp|[iI]nstant)$/;
const INSTANT_IN_EXPRESSION = /\w*(?:At|[tT]ime|[tT]imestamp|[iI]nstant)\b/;
const EPOCH_MS = /(?<![\w.])\d{13}(?![\w.])/g;
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

/** `name: value`, one a line, when the text is JSON with names in it; else the text as it is. */
export function observedLines(text: string): readonly string[] {
  const lines = /^[[{]/.test(text) ? linesOf(text) : [];
  const more = lines.length - LINES_MAX;
  if (lines.length === 0) return [text];
  return more > 0 ? [...lines.slice(0, LINES_MAX), `and ${more} more values, all of them in result.json`] : lines;
}

/** The expression as it is, and below it the time of every instant that it compares with. */
export function expectedLines(text: string): readonly string[] {
  const bare = text.replaceAll(QUOTED, '');
  const instants = INSTANT_IN_EXPRESSION.test(bare) ? new Set(bare.match(EPOCH_MS)) : [];
  return [text, ...[...instants].map((ms) => `${ms} is ${formatInstant(Number(ms))}`)];
}

/** None when it is no JSON, or nested too deeply to be read by anybody. */
function linesOf(text: string): readonly string[] {
  try {
    return namedValues('', JSON.parse(text), 0);
  } catch {
    return [];
  }
}

function namedValues(name: string, value: unknown, depth: number): readonly string[] {
  const members = depth < DEPTH_MAX ? membersOf(name, value) : [];
  if (members.length > 0) return members.flatMap(([key, member]) => namedValues(key, member, depth + 1));
  return name === '' ? [] : [`${name}: ${shown(name, value)}`];
}

/** Parts that have names of their own: a list of plain values is one value. */
function membersOf(name: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (value === null || typeof value !== 'object') return [];
  if (!Array.isArray(value))
    return Object.entries(value).map(([key, member]) => [name ? `${name}.${key}` : key, member]);
  const hasNames = value.some((item) => item !== null && typeof item === 'object');
  return hasNames ? value.map((item, nth) => [`${name}[${nth}]`, item]) : [];
}

/** What reads as something else without its quotes, keeps them. */
const AMBIGUOUS = /^$|^\s|\s$|^(?:true|false|null)$|^["[{]|^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function shown(name: string, value: unknown): string {
  if (typeof value === 'string') return AMBIGUOUS.test(value) ? JSON.stringify(value) : value;
  const isInstant =
    Number.isInteger(value) && Number(value) >= EPOCH_MS_MIN && Number(value) < EPOCH_MS_MAX && INSTANT_NAME.test(name);
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return isInstant ? `${value} (${formatInstant(Number(value))})` : JSON.stringify(value);
}
