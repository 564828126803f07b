// Which processes belong to a twin, in a file: whoever finds the file after a crash can end them.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { isOver, processStat } from './process-stat.ts';
import { TwinProcessError } from './twin-process-error.ts';

const FORMAT_VERSION = 1;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export interface Registered {
  readonly pid: number;
  /** Clock ticks from the boot to the start of the process. */
  readonly startTicks: number;
  /** For people: `postgres orders-db-weu`. */
  readonly what: string;
}

/** The processes of one twin. One process writes; every change is durable when the call returns. */
export interface Registry {
  /** Adds a living process. Throws TwinProcessError `process-missing` when there is none of this id. */
  readonly add: (entry: { readonly pid: number; readonly what: string }) => void;
  /** Forgets a process; an unknown one, and a registry whose folder was removed already, are nothing to complain about. */
  readonly remove: (pid: number) => void;
  readonly list: () => readonly Registered[];
}

/** Opens a registry, or begins one. Throws TwinProcessError `registry-invalid`. */
export function openRegistry(file: string): Registry {
  let entries = readRegistry(file);
  const keep = (changed: readonly Registered[]) => {
    write(file, changed);
    entries = changed;
  };
  return {
    list: () => entries,
    add: ({ pid, what }) => {
      const stat = processStat(pid);
      if (isOver(stat) || stat === undefined)
        throw new TwinProcessError('process-missing', `expected a living process ${pid} (${what}), found none`);
      keep([...entries.filter((entry) => entry.pid !== pid), { pid, startTicks: stat.startTicks, what }]);
    },
    remove: (pid) => {
      const left = entries.filter((entry) => entry.pid !== pid);
      if (left.length === entries.length) return;
      entries = left;
      writeUnlessRemoved(file, left);
    },
  };
}

/** What a registry file holds; nothing when there is no file, or when the machine was started anew since. */
export function readRegistry(file: string): readonly Registered[] {
  const text = textOf(file);
  if (text === undefined) return [];
  const stored = parse(file, text);
  return stored.boot === bootId() ? stored.processes : [];
}

/** True while it is this very process that runs under the id, and not a later one that was given the same id. */
export function isAlive({ pid, startTicks }: Registered): boolean {
  const stat = processStat(pid);
  return !isOver(stat) && stat?.startTicks === startTicks;
}

interface Stored {
  readonly version: typeof FORMAT_VERSION;
  /** Start ticks count from a boot: those of another boot say nothing. */
  readonly boot: string;
  readonly processes: readonly Registered[];
}

const bootId = (): string => readFileSync(BOOT_ID, 'utf8').trim();

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(file: string, text: string): Stored {
  try {
    const value: unknown = JSON.parse(text);
    if (isStored(value)) return value;
  } catch (cause) {
    throw new TwinProcessError('registry-invalid', `expected JSON in ${file}, found something else`, { cause });
  }
  throw new TwinProcessError(
    'registry-invalid',
    `expected a registry of version ${FORMAT_VERSION} in ${file}, found something else`,
  );
}

function isStored(value: unknown): value is Stored {
  const { version, boot, processes } = (value ?? {}) as Partial<Record<keyof Stored, unknown>>;
  return (
    version === FORMAT_VERSION && typeof boot === 'string' && Array.isArray(processes) && processes.every(isRegistered)
  );
}

function isRegistered(value: unknown): value is Registered {
  const { pid, startTicks, what } = (value ?? {}) as Partial<Record<keyof Registered, unknown>>;
  return Number.isSafeInteger(pid) && Number(pid) > 1 && Number.isSafeInteger(startTicks) && typeof what === 'string';
}

function write(file: string, processes: readonly Registered[]): void {
  const stored: Stored = { version: FORMAT_VERSION, boot: bootId(), processes };
  const temporary = `${file}.new`;
  const handle = openSync(temporary, 'w', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(stored)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
}

/** A process that ends because its twin was reaped is removed from a registry that is not there any more. */
function writeUnlessRemoved(file: string, processes: readonly Registered[]): void {
  try {
    write(file, processes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
