// How checks of a world say what is wrong, and where.

export interface WorldIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Every item of a list with its place. */
export const placed = <Item>(key: string, items: readonly Item[], below: readonly PropertyKey[] = []) =>
  items.map((item, at) => ({ path: [key, ...below, at] as readonly PropertyKey[], item }));

/** An issue when `name` is none of those that are known. */
export const missing = (
  path: readonly PropertyKey[],
  what: string,
  name: string,
  known: readonly string[],
): readonly WorldIssue[] =>
  known.includes(name)
    ? []
    : [{ path, message: `expected ${what} of this world (${known.join(', ') || 'it has none'}), found "${name}"` }];

/** An issue for each name of a list that stands there before, without regard to case. */
export const twice = (path: readonly PropertyKey[], names: readonly string[], member?: string): readonly WorldIssue[] =>
  names.flatMap((name, at) =>
    names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === at
      ? []
      : [
          {
            path: member === undefined ? [...path, at] : [...path, at, member],
            message: `expected each name once, found "${name}" again`,
          },
        ],
  );
