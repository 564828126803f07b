// A world file with a misspelt key still deserves its names looked up, so that every problem is told at once. This makes a stand-in
// for what nothing else of the world names; where a name, a region or a whole entry cannot be read, whatever leads there would look wrong.
import { formIssues, valueAt } from './world-form.ts';
import type { WorldIssue } from './world-issues.ts';
import { type World, worldSchema } from './world-schema.ts';

export interface MendedWorld {
  readonly world: World;
  /** Entries that hold a stand-in: what is found inside them is not to be told. */
  readonly doubtful: readonly (readonly PropertyKey[])[];
}

const ROUNDS_MAX = 4;
/** Nobody reads more at once, and each of them costs readings of the whole world. */
const ISSUES_MAX = 50;
/** Times and numbers; no name, no region and no list. */
const STAND_INS: readonly unknown[] = [undefined, 'PT1S', 'PT1M', 1, 100];

/** Replaces what the schema refuses; undefined when that could make other parts look wrong. */
export function mendWorld(value: unknown): MendedWorld | undefined {
  const root: unknown = structuredClone(value);
  const doubtful: (readonly PropertyKey[])[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const parsed = worldSchema.safeParse(root);
    if (parsed.success) return { world: parsed.data, doubtful };
    const issues = formIssues(root);
    if (issues.length > ISSUES_MAX) return undefined;
    for (const issue of issues) {
      if (issue.suggestion === undefined) doubtful.push(issue.path.slice(0, 2));
      if (!mend(root, issue)) return undefined;
    }
  }
  return undefined;
}

type Owner = Record<PropertyKey, unknown>;

function mend(root: unknown, issue: WorldIssue): boolean {
  const { path, at, suggestion } = issue;
  const owner = valueAt(root, path.slice(0, -1)) as Owner | null | undefined;
  const key = path.at(-1);
  if (owner === null || typeof owner !== 'object' || typeof key !== 'string') return false;
  if (at === 'key') return rename(owner, key, suggestion, path.length > 1);
  if (suggestion !== undefined) return put(owner, key, suggestion);
  if (isNaming(issue, owner[key])) return false;
  return STAND_INS.some((standIn) => put(owner, key, standIn) && !isStillWrong(root, path));
}

/** An unknown key at the top may be a whole list that nobody can guess. */
function rename(owner: Owner, key: string, meant: string | undefined, isInside: boolean): boolean {
  if (meant !== undefined && owner[meant] === undefined) owner[meant] = owner[key];
  delete owner[key];
  return isInside || meant !== undefined;
}

function put(owner: Owner, key: string, standIn: unknown): boolean {
  if (standIn === undefined) delete owner[key];
  else owner[key] = standIn;
  return true;
}

/** A list holds entries with names, wherever it should stand or does. */
const isNaming = ({ message }: WorldIssue, found: unknown) =>
  Array.isArray(found) || message.startsWith('expected a list');

const isStillWrong = (root: unknown, path: readonly PropertyKey[]) =>
  formIssues(root).some((issue) => JSON.stringify(issue.path) === JSON.stringify(path));
