// The `$filter` of backup lists: `operation eq 'Restore' and status eq 'InProgress'`.
import { Refusal } from '../arm-reply.ts';
import type { ArmRequest } from '../route.ts';

const TERM = /^\s*(\w+)\s+eq\s+'([^']*)'\s*$/;

/** What a filter asks for, by its keys. Throws Refusal 400 for anything but `key eq 'value'` of the keys that are known. */
export function parseFilter({ query }: ArmRequest, known: readonly string[]): Readonly<Record<string, string>> {
  const text = query.get('$filter');
  if (text === null || text.trim() === '') return {};
  return Object.fromEntries(
    text.split(/\s+and\s+/i).map((term) => {
      const [, key = '', value = ''] = TERM.exec(term) ?? [];
      const name = known.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
      if (name === undefined)
        throw new Refusal(
          400,
          'BMSUserErrorInvalidInput',
          `expected a filter over ${known.join(', ')} with eq and and, found "${term.slice(0, 60)}"`,
        );
      return [name, value];
    }),
  );
}
