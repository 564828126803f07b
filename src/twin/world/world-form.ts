// What zod says about a world file → issues in our own words: what was expected, what was found, what was probably meant.
import type * as z from 'zod';
import { knownKeysOf } from '../../model/known-keys.ts';
import { suggest } from '../../model/suggest.ts';
import { YAML_PROBLEMS_MAX } from '../../model/yaml-limits.ts';
import type { WorldIssue } from './world-issues.ts';
import { worldSchema } from './world-schema.ts';

type ZodIssue = z.core.$ZodIssue;

/** Every issue of a world's form, the meaning left out. */
export function formIssues(value: unknown): readonly WorldIssue[] {
  const parsed = worldSchema.safeParse(value);
  return parsed.success ? [] : withoutEchoes(parsed.error.issues.flatMap((issue) => inWords(issue, value)));
}

/** A misspelt key is missing as well; the suggestion says enough. */
function withoutEchoes(issues: readonly WorldIssue[]): readonly WorldIssue[] {
  const meant = new Set(
    issues.flatMap(({ at, path, suggestion }) =>
      at && suggestion !== undefined ? [JSON.stringify([...path.slice(0, -1), suggestion])] : [],
    ),
  );
  return issues.filter(
    ({ path, message }) => !(message.endsWith(`found no ${String(path.at(-1))}`) && meant.has(JSON.stringify(path))),
  );
}

function inWords(issue: ZodIssue, root: unknown): readonly WorldIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, YAML_PROBLEMS_MAX + 1).map((key) => unknownKey(issue.path, key));
  const value = valueAt(root, issue.path);
  const found = value === undefined ? `no ${String(issue.path.at(-1))}` : shownValue(value);
  return [
    {
      path: issue.path,
      message: `${expectation(issue)}, found ${found}`.replace(/(, found .*), found .*$/s, '$1'),
      ...(issue.code === 'invalid_value' && typeof value === 'string' ? suggest(value, issue.values.map(String)) : {}),
    },
  ];
}

const knownKeys = knownKeysOf(worldSchema);

function unknownKey(owner: readonly PropertyKey[], key: string): WorldIssue {
  const known = knownKeys(owner.map((part) => (typeof part === 'number' ? part : String(part))));
  const expected = known.length === 0 ? 'no such key' : `one of the keys ${orList(known)}`;
  const message = `expected ${expected}, found ${JSON.stringify(key.slice(0, SHOWN_CHARACTERS_MAX))}`;
  return { path: [...owner, key], at: 'key', message, ...suggest(key, known) };
}

const orList = (words: readonly string[]) => words.join(', ').replace(/, ([^,]*)$/, ' or $1');

const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** The words that tell the members of a union apart, or the only union without such words: the time of an operation. */
function choices(issue: Extract<ZodIssue, { code: 'invalid_union' }>): string {
  const { options } = issue as { readonly options?: readonly unknown[] };
  return options === undefined ? '"recorded" or an ISO 8601 duration' : options.map(String).join(' or ');
}

function expectation(issue: ZodIssue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${TYPES[issue.expected] ?? `a value of type ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_small') return `expected at least ${issue.minimum}${unit(issue.origin)}`;
  if (issue.code === 'too_big') return `expected at most ${issue.maximum}${unit(issue.origin)}`;
  if (issue.code === 'invalid_union') return `expected ${choices(issue)}`;
  return `expected a valid value (${issue.message})`;
}

const unit = (origin: string) => (origin === 'array' ? ' in the list' : origin === 'string' ? ' characters' : '');

const SHOWN_CHARACTERS_MAX = 60;
const shownValue = (value: unknown) =>
  value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN_CHARACTERS_MAX);

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((owner, key) => (owner as Record<PropertyKey, unknown> | null | undefined)?.[key], root);
}
