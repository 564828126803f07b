// Finds twins, ends them, and clears away what dead ones left.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { releaseMemory } from './data/postgres/release-memory.ts';
import { reap } from './process/reaper.ts';
import {
  type ProcessIdentity,
  REGISTRY_FILE,
  readAddress,
  readRequest,
  readSupervisor,
  type TwinAddress,
  type TwinOwner,
  WORLD_FILE,
} from './supervisor-address.ts';
import { askToEnd } from './supervisor-client.ts';
import {
  abandonedFolders,
  isDataFolder,
  isStale,
  removeFolders,
  takeStale,
  twinFolder,
  twinNames,
} from './supervisor-folder.ts';
import { endsWithin, isAlive, signalTo } from './supervisor-process.ts';
import { TwinError } from './twin-error.ts';

const POLITE_MS_MAX = 20_000;
const TERM_MS_MAX = 10_000;
const KILL_MS_MAX = 5000;

/** How a living twin is reached; undefined when there is none of this name that is up. */
export function findTwin(stateDir: string, name: string): TwinAddress | undefined {
  const address = readAddress(twinFolder(stateDir, name));
  return address !== undefined && isAlive(address.supervisor) ? address : undefined;
}

/** Whose the twin is, up or coming up or dead; undefined when there is none of this name. */
export const twinOwner = (stateDir: string, name: string): TwinOwner | undefined =>
  readRequest(twinFolder(stateDir, name))?.owner;

/** The world file that a twin came up from. Throws when there is no twin of this name. */
export const twinWorld = (stateDir: string, name: string): string =>
  readFileSync(join(twinFolder(stateDir, name), WORLD_FILE), 'utf8');

/** Every twin of a state folder that is up. */
export const findTwins = (stateDir: string): readonly TwinAddress[] =>
  twinNames(stateDir).flatMap((name) => findTwin(stateDir, name) ?? []);

/**
 * Ends a twin, politely first, and resolves when nothing of it is left. Throws UsageError `not-found` when there is none, TwinError
 * `twin-failed` when it does not end.
 */
export async function downTwin(stateDir: string, name: string): Promise<void> {
  removeAbandoned(stateDir);
  const folder = twinFolder(stateDir, name);
  if (!twinNames(stateDir).includes(name))
    throw new UsageError(
      'not-found',
      `expected a twin that is up (${twinNames(stateDir).join(', ') || 'there is none'}), found "${name}"`,
    );
  const request = readRequest(folder);
  const address = findTwin(stateDir, name);
  const supervisor = readSupervisor(folder);
  if (address !== undefined) await askToEnd(address).catch(() => {});
  if (supervisor !== undefined) await endTwinProcess(supervisor, address === undefined ? 0 : POLITE_MS_MAX);
  clear(folder, request && isDataFolder(request.data, folder) ? request.data : undefined);
}

/** Ends a supervisor: waits, then asks by signal, then kills. Its watchdog ends what it leaves. */
export async function endTwinProcess(supervisor: ProcessIdentity, politeMs = 0): Promise<void> {
  if (await endsWithin(supervisor, politeMs)) return;
  signalTo(supervisor, 'SIGTERM');
  if (await endsWithin(supervisor, TERM_MS_MAX)) return;
  signalTo(supervisor, 'SIGKILL');
  if (!(await endsWithin(supervisor, KILL_MS_MAX)))
    throw new TwinError('twin-failed', `the supervisor of a twin (process ${supervisor.pid}) did not end`);
}

/** Clears away twins whose supervisor died without its watchdog, after a power cut, or when both were killed; and what never became one. */
export function reapStaleTwins(stateDir: string): void {
  removeAbandoned(stateDir);
  for (const name of twinNames(stateDir)) {
    const folder = twinFolder(stateDir, name);
    if (!isStaleNow(folder)) continue;
    const taken = takeStale(folder);
    if (taken === undefined) continue;
    const data = dataOf(taken);
    // What lies in the folder itself was moved with it.
    const isElsewhere = data !== undefined && !data.startsWith(`${folder}/`) && isDataFolder(data, folder);
    clear(taken, isElsewhere ? data : undefined);
  }
}

/** Removes what processes left that died while they began a twin. What cannot be removed stays: it is in nobody's way. */
export function removeAbandoned(stateDir: string): void {
  for (const folder of abandonedFolders(stateDir))
    try {
      const data = dataOf(folder);
      clear(folder, data !== undefined && isDataFolder(data, folder) ? data : undefined);
    } catch {
      // Somebody else's, as of a twin that root began.
    }
}

function clear(folder: string, data: string | undefined): void {
  reap(join(folder, REGISTRY_FILE), folder, releaseMemory);
  removeFolders(data);
}

/** A folder may vanish while it is looked at: its watchdog was faster. */
function isStaleNow(folder: string): boolean {
  try {
    return isStale(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function dataOf(folder: string): string | undefined {
  try {
    return readRequest(folder)?.data;
  } catch {
    return undefined;
  }
}
