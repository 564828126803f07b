// Twins in a state folder of their own, and a look at what is left of them.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { downTwin, findTwins, type TwinAddress, upTwin } from '../../../src/twin/index.ts';
import { readRegistry } from '../../../src/twin/process/registry.ts';
import { REGISTRY_FILE } from '../../../src/twin/supervisor-address.ts';
import { twinFolder } from '../../../src/twin/supervisor-folder.ts';
import { memoryOf } from '../data/shared-memory.ts';

const SAMPLE = resolve(import.meta.dirname, '../../../drills/worlds/region-failover.yaml');
const PROGRAM = resolve(import.meta.dirname, '../../../bin/drillmaster.mjs');

export interface Bench {
  readonly stateDir: string;
  readonly logFile: string;
  readonly worldFile: (name: string, changes?: Readonly<Record<string, unknown>>) => string;
  readonly up: (
    name: string,
    changes?: Readonly<Record<string, unknown>>,
    command?: readonly string[],
  ) => Promise<TwinAddress>;
  readonly remove: () => Promise<void>;
}

/** `mode`: of the state folder; 0700 keeps the user who runs PostgreSQL out. */
export function makeBench(mode = 0o711): Bench {
  const root = mkdtempSync(join(tmpdir(), 'drillmaster-bench-'));
  const stateDir = join(root, 'state');
  mkdirSync(stateDir, { mode });
  const logFile = join(root, 'log.txt');
  const worldFile = (name: string, changes: Readonly<Record<string, unknown>> = {}) => {
    const document = parseDocument(readFileSync(SAMPLE, 'utf8'));
    for (const [key, value] of Object.entries({ name, ...changes })) document.setIn([key], value);
    const file = join(root, `${name}.yaml`);
    writeFileSync(file, document.toString());
    return file;
  };
  return {
    stateDir,
    logFile,
    worldFile,
    up: (name, changes, command = [process.execPath, PROGRAM, 'twin', 'supervise']) =>
      upTwin({ worldFile: worldFile(name, changes), stateDir, owner: 'person', command, logFile }),
    remove: async () => {
      for (const { name } of findTwins(stateDir)) await downTwin(stateDir, name);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Everything that belongs to a twin: processes that name one of its folders, and the folders in the system's temporary folder. */
export function leftOf({ stateDir }: Bench, ...folders: readonly string[]): readonly string[] {
  const marks = [stateDir, ...folders];
  const processes = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map(
      (pid) =>
        `${pid} ${look(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')} ${look(() => readlinkSync(`/proc/${pid}/cwd`))}`,
    )
    .filter((line) => marks.some((mark) => line.includes(mark)));
  return [...processes, ...names(() => readdirSync(join(stateDir, 'twins')))];
}

/** Process ids of a twin's watchdogs, which name the twin's registry. */
export const watchdogsOf = ({ stateDir }: Bench): readonly number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      const line = look(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      return line.includes('watchdog-main') && line.includes(stateDir);
    })
    .map(Number);

/** Shared memory of the servers of a twin that is up. */
export const memoryOfTwin = ({ stateDir }: Bench, name: string): readonly string[] =>
  readRegistry(join(twinFolder(stateDir, name), REGISTRY_FILE))
    .filter(({ what }) => what.startsWith('postgres '))
    .flatMap(({ pid }) => memoryOf(pid));

const look = (read: () => string) => {
  try {
    return read();
  } catch {
    return '';
  }
};
const names = (read: () => readonly string[]) => {
  try {
    return read();
  } catch {
    return [];
  }
};
