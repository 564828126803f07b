import type { Action } from '../model/action.ts';

/** Azure RBAC operations that the actions need, each once, sorted: what the identity of the drill must be granted. */
export const permissionsOf = (actions: Iterable<Pick<Action, 'permissions'>>): readonly string[] =>
  [...new Set([...actions].flatMap(({ permissions }) => permissions))].sort();
