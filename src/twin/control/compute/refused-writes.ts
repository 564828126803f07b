// What Azure makes and deletes and this twin does not: said in the twin's own word, so that nobody takes it for Azure's.
import { Refusal } from '../arm-reply.ts';
import type { Route } from '../route.ts';

/** `what` is for people: `disks`. `instead` says where they come from. */
export const refusedWrites = (
  methods: readonly Route['method'][],
  path: string,
  what: string,
  instead: string,
): readonly Omit<Route, 'apiVersions'>[] =>
  methods.map((method) => ({
    method,
    path,
    handle: () => {
      throw new Refusal(400, 'UnsupportedByTwin', `This twin does not ${VERBS[method] ?? method} ${what}: ${instead}.`);
    },
  }));

const VERBS: Readonly<Record<string, string>> = { PUT: 'make or change', DELETE: 'delete' };
