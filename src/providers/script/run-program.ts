// A program of somebody else, kept in bounds: no shell, no inherited environment, a folder of its own, and an end of its whole group.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { toErrorData } from '../../model/errors.ts';
import type { Program, ProgramCall } from '../../model/program.ts';
import { ProviderError } from '../provider-error.ts';

/** Each of standard output and standard error. What says more is ended: half of what it said must not be judged. */
const OUTPUT_BYTES_MAX = 64 * 1024;
/** Between the request to end and the end by force. */
const GRACE_MS = 2000;
/** What the program wrote has been read by then, unless a process that left its group holds the pipes. */
const CLOSE_MS_MAX = 1000;
const REMOVE_RETRIES_MAX = 5;
const TOO_MUCH = `said more than ${OUTPUT_BYTES_MAX} bytes and was ended`;

export interface ProgramEnd {
  /** Null when a signal ended it. */
  readonly exit: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. Throws ProviderError `program-failed` or `aborted`; no process of its group is left then, nor its folder. */
export async function runProgram(program: Program, call: ProgramCall, signal: AbortSignal): Promise<ProgramEnd> {
  if (signal.aborted) throw new ProviderError('aborted', `${program.name} was not started: the step was aborted`);
  const folder = await mkdtemp(join(tmpdir(), 'drillmaster-program-'));
  try {
    return await runIn(folder, program, call, signal);
  } finally {
    await remove(folder);
  }
}

/** A program may have closed its folders; they are opened for the removal then. */
async function remove(folder: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX };
  try {
    await rm(folder, options);
  } catch {
    await openFolders(folder);
    await rm(folder, options);
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await openFolders(join(folder, entry.name));
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

async function runIn(folder: string, program: Program, call: ProgramCall, signal: AbortSignal): Promise<ProgramEnd> {
  const child = start(folder, program, call);
  const end = createEnd(child);
  const stdout = collect(child.stdout, () => end(TOO_MUCH));
  const stderr = collect(child.stderr, () => end(TOO_MUCH));
  const isClosed = new Promise<boolean>((resolve) => child.once('close', () => resolve(true)));
  const timer = setTimeout(() => end(`ran longer than ${program.timeoutMs} ms and was ended`), program.timeoutMs);
  const abort = () => end('was ended, because the step was aborted');
  signal.addEventListener('abort', abort, { once: true });
  try {
    const { exit, by } = await untilExit(child, program);
    const why = end();
    const closed = await Promise.race([isClosed, wait(CLOSE_MS_MAX, false, { ref: false })]);
    const said = { stdout: stdout(), stderr: stderr() };
    const trouble = why ?? troubleOf(said, closed);
    if (trouble !== undefined)
      throw new ProviderError(signal.aborted ? 'aborted' : 'program-failed', `${program.name} ${trouble}`);
    return { exit, signal: by, stdout: said.stdout ?? '', stderr: said.stderr ?? '' };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function start(folder: string, { name, path }: Program, { arguments: given, environment }: ProgramCall): Child {
  try {
    return spawn(path, [...given], {
      cwd: folder,
      env: { ...environment },
      // A group of its own, so that all of it can be ended.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw notStarted(name, path, error);
  }
}

const notStarted = (name: string, path: string, error: unknown) =>
  new ProviderError('program-failed', `${name} could not be started from ${path} (${toErrorData(error).code})`);

interface Exit {
  readonly exit: number | null;
  readonly by: string | null;
}

const untilExit = (child: Child, { name, path }: Program) =>
  new Promise<Exit>((resolve, reject) => {
    child.once('exit', (exit, by) => resolve({ exit, by }));
    child.once('error', (error) => reject(notStarted(name, path, error)));
  });

/** It may have ended by itself before the last of what it said was read. */
function troubleOf(
  said: { readonly stdout: string | undefined; readonly stderr: string | undefined },
  closed: boolean,
): string | undefined {
  if (said.stdout === undefined || said.stderr === undefined) return TOO_MUCH;
  return closed ? undefined : 'left a process behind that holds its output';
}

/** Given a reason: asks the group to end, then makes it. Without one, once the program itself is over: ends what it left. Tells the reason. */
function createEnd(child: Child): (why?: string) => string | undefined {
  let reason: string | undefined;
  let force: NodeJS.Timeout | undefined;
  return (why) => {
    if (why === undefined) {
      clearTimeout(force);
      signalGroup(child, 'SIGKILL');
    } else if (reason === undefined && child.exitCode === null && child.signalCode === null) {
      reason = why;
      signalGroup(child, 'SIGTERM');
      force = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
    }
    return reason;
  };
}

function signalGroup({ pid }: Child, name: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody of the group is left.
  }
}

/** What a stream says, as UTF-8; undefined when it is too much, which is told once as soon as it is. */
function collect(stream: Readable, onTooMuch: () => void): () => string | undefined {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > OUTPUT_BYTES_MAX) onTooMuch();
    else chunks.push(chunk);
  });
  return () => (bytes > OUTPUT_BYTES_MAX ? undefined : Buffer.concat(chunks).toString('utf8'));
}
