// Problems of a well-formed world file, each with its place, and the looks that find them.

import { suggest } from '../../model/suggest.ts';

export interface WorldIssue {
  readonly path: readonly PropertyKey[];
  /** The key itself is wrong, not its value. */
  readonly at?: 'key';
  /** `expected …, found …`. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** Each name that stands a second time. */
export const twice = (key: string, names: readonly string[], member?: string): readonly WorldIssue[] =>
  names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [{ path: member ? [key, at, member] : [key, at], message: `expected each name once, found "${name}" again` }],
  );

/** The items of a list with their places. */
export const placed = <Item>(key: string, items: readonly Item[], below: readonly PropertyKey[] = []) =>
  items.map((item, at) => ({ path: [key, ...below, at] as readonly PropertyKey[], item }));

/** A problem unless the name is a known one. */
export const missing = (
  path: readonly PropertyKey[],
  what: string,
  name: string,
  known: readonly string[],
): readonly WorldIssue[] =>
  known.includes(name)
    ? []
    : [
        {
          path,
          message: `expected ${what} of this world (${known.join(', ') || 'it has none'}), found "${name}"`,
          ...suggest(name, known),
        },
      ];
