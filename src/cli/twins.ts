// Twins as commands and runs need them: found, brought up, asked, given back.
import { join } from 'node:path';
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { formatInstant } from '../model/clock.ts';
import type { Connection, Environment } from '../model/environment.ts';
import { UsageError } from '../model/errors.ts';
import type { DrillEvent, EventOf } from '../model/events.ts';
import {
  connectionOf,
  downTwin,
  environmentOf,
  findTwin,
  loadWorld,
  readTextFile,
  removeAbandoned,
  type TwinAddress,
  type TwinOwner,
  twinOperations,
  twinOwner,
  twinWorld,
  upTwin,
} from '../twin/index.ts';
import { makeFolder } from './make-folder.ts';
import { openStore } from './store.ts';
import type { Terminal } from './terminal.ts';
import { notKnownToBeSlowEnough } from './twin-operations.ts';
import { findUser, hasEntered, type TwinNow, workedOn } from './twin-users.ts';
import type { Workspace } from './workspace.ts';

export interface RunningTwin {
  readonly environment: Environment;
  readonly connection: Connection;
  readonly address: TwinAddress;
}

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'drillmaster.mjs');

export async function bringUp(
  workspace: Workspace,
  worldFile: string,
  owner: TwinOwner,
  signal?: AbortSignal,
): Promise<TwinAddress> {
  makeFolder(workspace.state, 0o700);
  return upTwin({
    worldFile,
    stateDir: workspace.state,
    owner,
    command: [process.execPath, PROGRAM, 'twin', 'supervise'],
    logFile: join(workspace.state, 'logs', 'twin.log'),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The twin of a world for a run: the one that is up, else a new one that belongs to the run. One that a closed run left is ended first. */
export async function twinFor(
  worldFile: string,
  workspace: Workspace,
  run: string,
  { store, terminal, signal, isTakeOver = false }: TwinWishes,
): Promise<RunningTwin> {
  const world = loadWorld(worldFile);
  const now = twinNow(workspace, world.name);
  // Whoever came up with it, a run goes on where it stood.
  if (now === undefined || !(await hasEntered(store, run, now)))
    await endLeft(world.name, run, { workspace, store, terminal });
  const known = findTwin(workspace.state, world.name);
  if (known !== undefined && !isTakeOver) requireSameWorld(workspace, world.name, worldFile);
  if (known === undefined) terminal.err(`twin ${world.name}: coming up`);
  const address = known ?? (await bringUp(workspace, worldFile, ownerOf(run, workspace), signal));
  return runningTwin(worldFile, address);
}

interface Asking {
  readonly workspace: Workspace;
  readonly store: JournalStore;
  readonly terminal: Terminal;
}

/** Ends the twin of a closed run, unless others work on it still. Throws UsageError `refused` when one is stuck on it. */
async function endLeft(name: string, run: string, { workspace, store, terminal }: Asking): Promise<void> {
  const owner = twinOwner(workspace.state, name);
  if (owner === undefined || owner === 'person' || owner.run === run) return;
  if (!(await isLeft(owner, workspace, store))) return;
  const user = await userOf(owner, name, run, { workspace, store });
  if (user?.outcome === null) return;
  if (user !== undefined) throw stuckOn(name, user.run);
  terminal.err(`twin ${name}: ending what an earlier run left`);
  await endTwin(workspace, name);
}

/** Who needs the twin besides this run: of its own journal, or of that of whoever brought the twin up. */
async function userOf(
  owner: Exclude<TwinOwner, 'person'>,
  name: string,
  run: string,
  { workspace, store }: Omit<Asking, 'terminal'>,
  isComing = false,
): Promise<RunRecord | undefined> {
  const now = twinNow(workspace, name);
  if (now === undefined) return undefined;
  const own = await findUser(store, run, now, isComing);
  if (own !== undefined || owner.journal === workspace.journal) return own;
  return inStoreOf(owner, workspace, store, (theirs) => findUser(theirs, run, now, isComing));
}

function twinNow({ state }: Workspace, name: string): TwinNow | undefined {
  const address = findTwin(state, name);
  return address && { name, identity: identityOf({ address }) };
}

export const runningTwin = (worldFile: string, address: TwinAddress): RunningTwin => ({
  environment: environmentOf(loadWorld(worldFile)),
  connection: connectionOf(address),
  address,
});

export interface TwinWishes {
  readonly store: JournalStore;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** A run that was begun goes on with its twin, whatever its world file says by now. */
  readonly isTakeOver?: boolean;
}

/** A plan is made of the world file: of a twin that came up from another one it would not know what a fault reaches. */
function requireSameWorld({ state }: Workspace, name: string, worldFile: string): void {
  if (readTextFile(worldFile) === twinWorld(state, name)) return;
  throw new UsageError(
    'refused',
    `expected the twin ${name} to be up from ${worldFile} as it is now, found it up from another version; drillmaster twin down ${name} ends it`,
  );
}

/** True for the twin of a run that will never need it again: its process died before it could end it. */
async function isLeft(
  owner: Exclude<TwinOwner, 'person'>,
  workspace: Workspace,
  store: JournalStore,
): Promise<boolean> {
  const record = await inStoreOf(owner, workspace, store, (own) => own.find(owner.run));
  if (record === undefined || record.outcome !== null) return true;
  // Runs keep out of each other's way within one journal.
  if (owner.journal !== workspace.journal)
    throw new UsageError(
      'refused',
      `expected a twin that no run of another journal uses, found it in use by ${owner.run} of ${owner.journal ?? 'the state folder'}`,
    );
  return false;
}

/** A run that ended stuck can only be restored on its own twin: nobody else ends that. */
const stuckOn = (name: string, run: string): UsageError =>
  new UsageError(
    'refused',
    `expected the twin ${name} to be free, found that ${run} is stuck on it: drillmaster restore ${run} restores what is left, drillmaster twin down ${name} gives that up`,
  );

/** True while the one twin that a run worked on is up. */
export function canBeRestored(workspace: Workspace, name: string, events: readonly DrillEvent[]): boolean {
  const now = twinNow(workspace, name);
  return now !== undefined && workedOn(events, now.identity);
}

/** Throws UsageError `refused` when there is nothing left on which a run could be restored. */
export function requireTwinOf(workspace: Workspace, run: string, name: string, events: readonly DrillEvent[]): void {
  if (canBeRestored(workspace, name, events)) return;
  const why =
    findTwin(workspace.state, name) === undefined
      ? `its twin ${name} is gone`
      : `the twin ${name} that it worked on is gone, and the one that is up now came up later`;
  throw new UsageError(
    'refused',
    `${run} cannot be restored: ${why}; on a new twin there is nothing of it to restore, and it stays stuck`,
  );
}

/** True of the twin that was brought up for the run. */
export function isTwinOf(name: string, { state }: Workspace, run: string): boolean {
  const owner = twinOwner(state, name);
  return owner !== undefined && owner !== 'person' && owner.run === run;
}

/**
 * The run that needs the twin, else the one that it came up for, wherever its journal lies; undefined: there is none any more, or a person
 * brought it up.
 */
export async function findTwinUser(
  name: string,
  owner: TwinOwner | undefined,
  workspace: Workspace,
): Promise<RunRecord | undefined> {
  if (owner === undefined || owner === 'person') return undefined;
  return inStoreOf(owner, workspace, undefined, async (store) => {
    const now = twinNow(workspace, name);
    return (now && (await findUser(store, '', now, true))) ?? store.find(owner.run);
  });
}

/** Uses the store in which the run of a twin lies: the one at hand where that is it. */
async function inStoreOf<T>(
  { journal }: Exclude<TwinOwner, 'person'>,
  workspace: Workspace,
  atHand: JournalStore | undefined,
  use: (store: JournalStore) => Promise<T>,
): Promise<T> {
  if (atHand !== undefined && journal === workspace.journal) return use(atHand);
  const { journal: _, ...place } = workspace;
  const store = await openStore({ ...place, ...(journal !== undefined && { journal }) });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const ownerOf = (run: string, { journal }: Workspace): TwinOwner =>
  journal === undefined ? { run } : { run, journal };

/** Ends a twin where there is one: another process may be ending it at the same time. */
export async function endTwin(workspace: Pick<Workspace, 'state'>, name: string): Promise<void> {
  await downTwin(workspace.state, name).catch((error: unknown) => {
    if (!(error instanceof UsageError) || error.code !== 'not-found') throw error;
  });
}

/** Tells this bringing up of a twin from every other one; no secret. */
export const identityOf = ({ address: { name, upSince, supervisor } }: Pick<RunningTwin, 'address'>): string =>
  `twin ${name}, up since ${formatInstant(upSince)}, process ${supervisor.pid}/${supervisor.startTicks}`;

/**
 * Ends the twin that belongs to the run, up or coming up, now that the run is closed, unless others need it: then the last of them ends it. One
 * that a person brought up stays.
 */
export async function giveBack(name: string, run: string, { workspace, store, terminal }: Asking): Promise<void> {
  const owner = twinOwner(workspace.state, name);
  // It may have died before it had a twin.
  if (owner === undefined) return removeAbandoned(workspace.state);
  if (owner === 'person') return;
  if (owner.run !== run && !(await isClosed(owner, workspace, store))) return;
  const user = await userOf(owner, name, run, { workspace, store }, true);
  if (user !== undefined)
    terminal.err(`twin ${name}: stays up, ${user.run} ${user.outcome === null ? 'works' : 'is stuck'} on it`);
  // Another one may have come up while the others were asked for.
  else if (isTwinOf(name, workspace, owner.run)) await endTwin(workspace, name);
}

const isClosed = (owner: Exclude<TwinOwner, 'person'>, workspace: Workspace, store: JournalStore): Promise<boolean> =>
  inStoreOf(owner, workspace, store, async (own) => (await own.find(owner.run))?.outcome !== null);

/** A twin that is up, by its name. Throws UsageError `not-found`. */
export function requireTwin(workspace: Workspace, name: string): TwinAddress {
  const found = findTwin(workspace.state, name);
  if (found === undefined)
    throw new UsageError('not-found', `expected a twin that is up, found none of the name "${name}"`);
  return found;
}

/** What the twin did in less time than was ever recorded, or in a time that nobody can compare with a record. */
export const fasterOperations = async ({ address }: RunningTwin): Promise<EventOf<'twin.faster'>['operations']> => [
  ...notKnownToBeSlowEnough(await twinOperations(address), Date.now()),
];
