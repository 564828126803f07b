// Where a twin lives: its folder in the state folder, and the folder of its data planes.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { releaseMemory } from './data/postgres/release-memory.ts';
import { type ProcessIdentity, readRequest, readSupervisor } from './supervisor-address.ts';
import { isAlive } from './supervisor-process.ts';

const TWINS = 'twins';
const STALE_SUFFIX = '.stale-';
/** A folder without a request is being removed; after this time whoever did so is gone. */
const REMOVING_MS_MAX = 5000;
/** Of a folder that is being filled: what follows says by which process. */
const COMING_SUFFIX = '.coming-';

export const twinFolder = (stateDir: string, name: string): string => join(resolve(stateDir), TWINS, name);

/** Names of twins that have a folder, whether they live or not. */
export const twinNames = (stateDir: string): readonly string[] =>
  entriesOf(stateDir).filter((name) => !name.includes(STALE_SUFFIX) && !name.includes(COMING_SUFFIX));

/** Folders that were being filled when their makers died. */
export const abandonedFolders = (stateDir: string): readonly string[] =>
  entriesOf(stateDir)
    .filter((name) => name.includes(COMING_SUFFIX) && !isBeingFilled(name))
    .map((name) => twinFolder(stateDir, name));

function entriesOf(stateDir: string): readonly string[] {
  try {
    return readdirSync(join(resolve(stateDir), TWINS));
  } catch {
    return [];
  }
}

function isBeingFilled(name: string): boolean {
  const [pid = Number.NaN, startTicks = Number.NaN] = name.split(COMING_SUFFIX)[1]?.split('-').map(Number) ?? [];
  return isAlive({ pid, startTicks });
}

/**
 * Makes the folder of a twin: it is filled beside its place and moved there in one step, so that nobody sees it without what says whose it is.
 * False when somebody else was faster or has it.
 */
export function claimFolder(
  stateDir: string,
  name: string,
  maker: ProcessIdentity,
  fill: (folder: string) => void,
): boolean {
  const folder = twinFolder(stateDir, name);
  mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
  if (existsSync(folder)) return false;
  const coming = `${folder}${COMING_SUFFIX}${maker.pid}-${maker.startTicks}`;
  mkdirSync(coming, { mode: 0o700 });
  try {
    fill(coming);
    renameSync(coming, folder);
    return true;
  } catch (error) {
    removeFolders(coming);
    if (['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/**
 * An empty folder for the data planes that any user may pass through, because PostgreSQL never runs as root. It lies in the twin's folder
 * where the whole path can be passed, else in the system's temporary folder. `coming` is where the twin's folder is being filled.
 */
export function makeDataFolder(folder: string, coming: string): string {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot && !isPassable(dirname(folder))) return passable(mkdtempSync(join(tmpdir(), 'drillmaster-twin-')));
  if (isRoot) chmodSync(coming, 0o711);
  mkdirSync(join(coming, 'data'), { mode: 0o711 });
  passable(join(coming, 'data'));
  return join(folder, 'data');
}

/** Whether this is where `makeDataFolder` puts data: what stands in a file of a state folder may name any folder, and data are removed. */
export const isDataFolder = (data: string, folder: string): boolean =>
  data === join(folder, 'data') || TEMPORARY.test(basename(data));

const TEMPORARY = /^drillmaster-twin-[A-Za-z0-9]{6}$/;

/** The umask must not take away what others need. */
function passable(folder: string): string {
  chmodSync(folder, 0o711);
  return folder;
}

function isPassable(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (dirname(folder) === folder || isPassable(dirname(folder)));
}

/** True when neither the supervisor nor whoever is starting it lives. */
export function isStale(folder: string): boolean {
  const request = readOr(() => readRequest(folder));
  const supervisor = readOr(() => readSupervisor(folder));
  if (supervisor !== undefined && isAlive(supervisor)) return false;
  if (request !== undefined) return !isAlive(request.claimedBy) || supervisor !== undefined;
  return Date.now() - statSync(folder).mtimeMs > REMOVING_MS_MAX;
}

/** Moves a stale folder out of the way. Undefined when somebody else was faster. */
export function takeStale(folder: string): string | undefined {
  const taken = `${folder}${STALE_SUFFIX}${process.pid}-${Date.now()}`;
  try {
    renameSync(folder, taken);
    return taken;
  } catch {
    return undefined;
  }
}

export function removeFolders(...folders: readonly (string | undefined)[]): void {
  for (const folder of folders) {
    if (folder === undefined) continue;
    releaseMemory(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A file that cannot be read says as much as none: whoever wrote it is gone, or another version. */
function readOr<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
