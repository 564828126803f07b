// Brings a twin up: claims its folder, starts its supervisor as a process of its own, and waits until it answers.
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../model/errors.ts';
import { releaseMemory } from './data/postgres/release-memory.ts';
import { reap } from './process/reaper.ts';
import {
  type ProcessIdentity,
  REGISTRY_FILE,
  readAddress,
  type TwinAddress,
  type TwinOwner,
  WORLD_FILE,
  writeRequest,
} from './supervisor-address.ts';
import { twinStatus } from './supervisor-client.ts';
import { endTwinProcess, reapStaleTwins } from './supervisor-down.ts';
import { claimFolder, makeDataFolder, removeFolders, twinFolder } from './supervisor-folder.ts';
import { identityOf, isAlive } from './supervisor-process.ts';
import { TwinError } from './twin-error.ts';
import { loadWorld } from './world/load-world.ts';

export interface UpOptions {
  readonly worldFile: string;
  readonly stateDir: string;
  readonly owner: TwinOwner;
  /** Program and arguments of the supervisor; the twin's folder is added: `[node, 'bin/drillmaster.mjs', 'twin', 'supervise']`. */
  readonly command: readonly string[];
  /** The supervisor's output is appended to it. */
  readonly logFile: string;
  readonly signal?: AbortSignal;
}

const UP_MS_MAX = 30_000;
const POLL_MS = 25;
const LOG_TAIL_CHARACTERS = 2000;

/**
 * Brings the twin of a world file up and resolves when its control plane answers. Throws UsageError `refused` when it is up or coming up
 * already, or its file has problems; TwinError `twin-failed` with the end of the log, the signal's reason when it is aborted. Then nothing is left. Stale twins are reaped first.
 */
export async function upTwin(options: UpOptions): Promise<TwinAddress> {
  const { name } = loadWorld(options.worldFile);
  reapStaleTwins(options.stateDir);
  const folder = twinFolder(options.stateDir, name);
  const claimed: { data: string; supervisor?: ProcessIdentity } = { data: claim(options, name) };
  const logStart = sizeOf(options.logFile);
  try {
    claimed.supervisor = await startSupervisor(options, folder);
    return await untilUp(folder, claimed.supervisor, options.signal);
  } catch (error) {
    if (claimed.supervisor !== undefined) await endTwinProcess(claimed.supervisor);
    // A supervisor that was ended before it listened to signals leaves its children to us.
    reap(join(folder, REGISTRY_FILE), folder, releaseMemory);
    removeFolders(claimed.data, folder);
    throw withLog(error, name, options.logFile, logStart);
  }
}

/** Claims the twin's folder, filled. Gives the folder of its data planes. Throws UsageError `refused`. */
function claim({ worldFile, stateDir, owner }: UpOptions, name: string): string {
  const folder = twinFolder(stateDir, name);
  const claimedBy = thisProcess();
  let data = '';
  let isClaimed = false;
  try {
    isClaimed = claimFolder(stateDir, name, claimedBy, (coming) => {
      copyFileSync(worldFile, join(coming, WORLD_FILE));
      data = makeDataFolder(folder, coming);
      writeRequest(coming, { formatVersion: 1, name, owner, data, claimedBy });
    });
  } finally {
    // In the folder itself lie the data of whoever has it.
    if (!isClaimed && data !== '' && dirname(data) !== folder) removeFolders(data);
  }
  if (isClaimed) return data;
  throw new UsageError(
    'refused',
    `expected the twin ${name} to be down, found it up or coming up (end it with: twin down ${name})`,
  );
}

function thisProcess(): ProcessIdentity {
  const identity = identityOf(process.pid);
  if (identity === undefined)
    throw new TwinError(
      'twin-failed',
      `expected to find this process (${process.pid}) in /proc, found none: a twin needs Linux`,
    );
  return identity;
}

async function startSupervisor(
  { command: [program = '', ...args], logFile }: UpOptions,
  folder: string,
): Promise<ProcessIdentity> {
  mkdirSync(dirname(resolve(logFile)), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(program, [...args, folder], { cwd: '/', detached: true, stdio: ['ignore', log, log] });
    const started = new Promise<void>((settle, fail) => child.once('spawn', settle).once('error', fail));
    await started;
    child.unref();
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity !== undefined) return identity;
    throw new TwinError('twin-failed', 'the supervisor ended at once');
  } finally {
    closeSync(log);
  }
}

async function untilUp(
  folder: string,
  supervisor: ProcessIdentity,
  signal: AbortSignal | undefined,
): Promise<TwinAddress> {
  for (const until = performance.now() + UP_MS_MAX; performance.now() < until; ) {
    signal?.throwIfAborted();
    const address = readAddress(folder);
    if (address !== undefined) {
      await twinStatus(address, signal);
      return address;
    }
    if (!isAlive(supervisor)) throw new TwinError('twin-failed', 'its supervisor ended before it was up');
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
  throw new TwinError('twin-failed', `it was not up within ${UP_MS_MAX} ms`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function withLog(error: unknown, name: string, logFile: string, from: number): unknown {
  if (!(error instanceof TwinError)) return error;
  const tail = readTail(logFile, from);
  return new TwinError(
    'twin-failed',
    `the twin ${name} did not come up: ${error.message}${tail === '' ? '' : `\n${tail}`}`,
    { cause: error },
  );
}

function readTail(file: string, from: number): string {
  try {
    return readFileSync(file).subarray(from).toString('utf8').slice(-LOG_TAIL_CHARACTERS).trim();
  } catch {
    return '';
  }
}
