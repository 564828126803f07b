// A file with a misspelt key still deserves its meaning checked, so that every problem is told at once. This makes a stand-in for
// what the schema refused; what is found inside a doubtful entry is not reported, since the stand-in may have caused it.

import type { Issue, Path } from './problem.ts';
import type { Definition } from './schema.ts';
import { drillSchema } from './schema.ts';
import { issuesOf, valueAt } from './zod-issues.ts';

export interface Repaired {
  readonly definition: Definition;
  /** Entries that hold a stand-in. */
  readonly doubtful: readonly Path[];
}

const ROUNDS_MAX = 4;
/** Keys at the top whose loss changes the meaning of nothing else. */
const HARMLESS = new Set([
  '$schema',
  'drill',
  'title',
  'description',
  'runbook',
  'exercise',
  'mode',
  'approvals',
  'declaration',
  'timing',
]);

/** Replaces what the schema refuses; undefined when too little is left to say anything about. */
export function repair(value: unknown): Repaired | undefined {
  const root: unknown = structuredClone(value);
  const doubtful: Path[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const parsed = drillSchema.safeParse(root);
    if (parsed.success) return { definition: parsed.data, doubtful };
    for (const issue of issuesOf(drillSchema, root)) {
      if (issue.suggestion === undefined) doubtful.push(issue.path.slice(0, 2));
      if (!mend(root, issue)) return undefined;
    }
  }
  return undefined;
}

type Owner = Record<string | number, unknown>;

function mend(root: unknown, { path, at, suggestion }: Issue): boolean {
  const owner = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (owner === null || typeof owner !== 'object' || key === undefined) return false;
  if (at === 'key') rename(owner as Owner, key, suggestion);
  else if (isSectionLost(owner as Owner, path)) return false;
  else replace(owner as Owner, path, suggestion);
  return true;
}

/** A whole section that is unreadable: whatever names something in it would look wrong. An empty section names nothing. */
const isSectionLost = (owner: Owner, path: Path) =>
  path.length === 1 && !HARMLESS.has(String(path[0])) && owner[path[0] ?? ''] !== null;

function rename(owner: Owner, key: string | number, suggestion: string | undefined): void {
  if (suggestion !== undefined && owner[suggestion] === undefined) owner[suggestion] = owner[key];
  delete owner[key];
}

function replace(owner: Owner, path: Path, suggestion: string | undefined): void {
  const key = path.at(-1) ?? '';
  const standIn =
    suggestion ?? GENEROUS[key] ?? (owner[key] === undefined || typeof key === 'number' ? standInFor(path) : undefined);
  if (standIn === undefined) delete owner[key];
  else owner[key] = standIn;
}

/** What says how many people agree: with less than it, steps that need their agreement would look wrong. */
const GENEROUS: Readonly<Record<string, unknown>> = { approvals: { required: 1 }, required: 1 };

const STAND_IN_TYPE = 'Stand.In/resources';
const STAND_IN_NAME = 'stand-in-';

const STAND_INS: Readonly<Record<string, unknown>> = {
  exercise: 'functional',
  type: STAND_IN_TYPE,
  during: ['recovery'],
  when: 'true',
  roles: ['stand-in'],
};

function standInFor(path: Path): unknown {
  const key = path.at(-1) ?? '';
  const isEntry = path.length === 2 && path[0] !== 'systems' && path[0] !== 'scope';
  if (isEntry) return {};
  if (Object.hasOwn(STAND_INS, key)) return STAND_INS[key];
  return `${STAND_IN_NAME}${path.join('-').toLowerCase()}`;
}

/** Nobody wrote what such an issue speaks of: its cause is told where the stand-in stands. */
export const quotesStandIn = ({ message }: Issue): boolean =>
  message.includes(STAND_IN_TYPE) || message.includes(STAND_IN_NAME);
