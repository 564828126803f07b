// What zod found wrong → issues in our own words: what was expected, what was found.
import type * as z from 'zod';
import { type KnownKeys, knownKeysOf } from '../model/known-keys.ts';
import { suggest } from '../model/suggest.ts';
import { YAML_PROBLEMS_MAX } from '../model/yaml-limits.ts';
import { describeValue, type Issue, orList, type Path } from './problem.ts';

type ZodIssue = z.core.$ZodIssue;

/** Every issue that `schema` has with `value`, each under `base`. Empty when it has none. */
export function issuesOf(schema: z.ZodType, value: unknown, base: Path = []): readonly Issue[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  const known = knownKeysOf(schema);
  const issues = withoutConsequences(parsed.error.issues).flatMap((issue) => translate(issue, [], value, known));
  return withoutEchoes(issues).map((issue) => ({ ...issue, path: [...base, ...issue.path] }));
}

/** A misspelt key is missing as well; the suggestion says enough. */
function withoutEchoes(issues: readonly Issue[]): readonly Issue[] {
  const misspelt = issues.filter(({ at, suggestion }) => at === 'key' && suggestion !== undefined);
  const meant = new Set(misspelt.map(({ path, suggestion = '' }) => keyOf([...path.slice(0, -1), suggestion])));
  return issues.filter(({ message, path }) => !(message.endsWith('found nothing') && meant.has(keyOf(path))));
}

/** Of a value of the wrong type its length says nothing, and of a mapping with an unknown key nobody knows yet what its parts say together. */
function withoutConsequences(issues: readonly ZodIssue[]): readonly ZodIssue[] {
  const at = (code: ZodIssue['code']) => new Set(issues.filter((issue) => issue.code === code).map(placeOf));
  const [wrongTypes, unknownKeys] = [at('invalid_type'), at('unrecognized_keys')];
  return issues.filter((issue) => {
    if (issue.code === 'too_small' || issue.code === 'too_big') return !wrongTypes.has(placeOf(issue));
    return issue.code !== 'custom' || !unknownKeys.has(placeOf(issue));
  });
}

const placeOf = ({ path }: ZodIssue) => JSON.stringify(path.map(String));

const keyOf = (path: Path) => JSON.stringify(path);

function translate(issue: ZodIssue, base: Path, root: unknown, known: KnownKeys): readonly Issue[] {
  const path = [...base, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
  const found = describeValue(valueAt(root, path));
  if (issue.code === 'unrecognized_keys')
    return (
      issue.keys
        .slice(0, YAML_PROBLEMS_MAX + 1)
        // Whoever read the text has told that one.
        .filter((key) => key !== '__proto__')
        .map((key) => unknownKey(path, key, known(path)))
    );
  if (issue.code === 'invalid_key') {
    const expected = issue.issues.map(expectation).join(' and ');
    return [{ path, at: 'key', message: `expected ${expected}, found ${describeValue(path.at(-1))}` }];
  }
  const branch = issue.code === 'invalid_union' ? likelyBranch(issue.errors) : undefined;
  if (branch !== undefined) return branch.flatMap((inner) => translate(inner, path, root, known));
  return [{ path, message: message(issue, path, found), ...meant(issue, valueAt(root, path)) }];
}

function unknownKey(path: Path, key: string, known: readonly string[]): Issue {
  const expected = known.length === 0 ? 'no such key' : `one of the keys ${orList(known)}`;
  const message = `expected ${expected}, found ${describeValue(key)}`;
  return { path: [...path, key], at: 'key', message, ...suggest(key, known) };
}

/** Of a union, the alternative that has the right type and is wrong inside; undefined when no alternative has the right type. */
function likelyBranch(branches: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] | undefined {
  const inside = branches.filter((issues) => !issues.some(isWrongType));
  return inside.toSorted((a, b) => a.length - b.length)[0];
}

const isWrongType = (issue: ZodIssue) =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');

function message(issue: ZodIssue, path: Path, found: string): string {
  if (found === 'nothing')
    return `expected ${JSON.stringify(String(path.at(-1) ?? 'drill'))} (${expectation(issue)}), found nothing`;
  // A schema that says both itself knows better: `expected a CEL condition, found a text that ends too early`.
  if (/^expected .*, found[ :]/s.test(issue.message)) return issue.message;
  return `expected ${expectation(issue)}, found ${found}`;
}

function meant(issue: ZodIssue, found: unknown): { readonly suggestion?: string } {
  if (typeof found !== 'string') return {};
  return suggest(found, wordsOf(issue));
}

/** The words that may stand here, those of alternatives included. */
function wordsOf(issue: ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flatMap((branch) => branch.flatMap(wordsOf)) : [];
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: [' character', ' characters'],
  array: [' entry', ' entries'],
};
const amount = (limit: number | bigint, origin: string) =>
  `${limit}${UNITS[origin]?.[Number(limit) === 1 ? 0 : 1] ?? ''}`;

function expectation(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // A schema that knows better than its type says so: a duration is more than a text.
      if (issue.message.startsWith(EXPECTED)) return issue.message.slice(EXPECTED.length);
      return TYPES[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'invalid_value':
      return orList(issue.values.map((value) => JSON.stringify(value)));
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'an instant, as in 2026-11-21T10:00:00Z' : inOurWords(issue);
    case 'invalid_union':
      return orList(alternativesOf(issue)) || 'another value';
    default:
      return inOurWords(issue);
  }
}

const EXPECTED = 'expected ';
const inOurWords = ({ message: words }: ZodIssue) =>
  words.startsWith(EXPECTED) ? words.slice(EXPECTED.length) : `a valid value (${words})`;

function alternativesOf(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  // A union told apart by one key has no errors to show when that key has an unknown value.
  if ('options' in issue && issue.options) return issue.options.map((option) => JSON.stringify(option));
  return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectation)))];
}

/** The value at a path; undefined when there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((owner, key) => {
    if (owner === null || typeof owner !== 'object' || !Object.hasOwn(owner, key)) return undefined;
    return (owner as Readonly<Record<string | number, unknown>>)[key];
  }, root);
}
