// A folder of its own for each trial, with the drill, its twin, and the real program run in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { drill, NAME, world } from './small-drill.ts';

const PROGRAM = resolve(import.meta.dirname, '..', '..', 'bin', 'drillmaster.mjs');
/** A process that has not ended by then hangs: ten times what it takes on an idle machine. */
const ENDED_AFTER_MS_MAX = 240_000;
const LOOKED_EVERY_MS = 100;

export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly hung: boolean;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

export interface Workspace {
  readonly root: string;
  readonly state: string;
  readonly drill: string;
  /** Starts the program without waiting for its end. */
  readonly start: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Started;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** The lines of the one run's journal that are durable now, and its name. */
  readonly journal: () => Promise<{
    readonly run: string;
    readonly outcome: string | null;
    readonly lines: readonly string[];
  }>;
  /** Resolves when so many events are durable, or the process has ended. */
  readonly untilEvent: (seq: number, started: Started) => Promise<void>;
  readonly remove: () => void;
}

export function makeWorkspace(): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'drillmaster-torture-'));
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  writeFileSync(join(root, 'drills', `${NAME}.yaml`), drill);
  writeFileSync(join(root, 'drills', 'worlds', `${NAME}.yaml`), world);
  const state = join(root, '.drillmaster');
  const start: Workspace['start'] = (args, environment = {}) => launch(root, args, environment);
  const journal = () => journalIn(state);
  return {
    root,
    state,
    drill: join(root, 'drills', `${NAME}.yaml`),
    start,
    run: (...args) => start(args).ended,
    journal,
    untilEvent: async (seq, { child }) => {
      while (child.exitCode === null && child.signalCode === null && (await journal()).lines.length < seq)
        await sleep(LOOKED_EVERY_MS);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const NOTHING = { run: '', outcome: null, lines: [] };

async function journalIn(state: string) {
  try {
    const store = await openSqliteStore(join(state, 'journal.db'));
    try {
      const [record] = await store.runs();
      if (record === undefined) return NOTHING;
      const lines = (await store.lines(record.run)).map(({ line }) => line);
      return { run: record.run, outcome: record.outcome, lines };
    } finally {
      await store.close();
    }
  } catch (error) {
    // Before the program made it there is nothing to look at.
    if (isAbsent(state)) return NOTHING;
    throw error;
  }
}

function isAbsent(state: string): boolean {
  try {
    return !readdirSync(state).includes('journal.db');
  } catch {
    return true;
  }
}

function launch(cwd: string, args: readonly string[], more: Readonly<Record<string, string>>): Started {
  const { DRILLMASTER_STATE: _, ...environment } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '', hung: false };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const timer = setTimeout(() => {
    output.hung = true;
    child.kill('SIGKILL');
  }, ENDED_AFTER_MS_MAX);
  const ended = new Promise<Ran>((settle, fail) => {
    child.on('error', fail);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      settle({ status, signal, ...output });
    });
  });
  return { child, ended };
}

/** Command lines and folders of live processes that mention `text`, apart from this one; Linux only. */
export function processesMentioning(text: string): readonly string[] {
  const told = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => `${pid} ${told(pid)}`)
    .filter((line) => line.includes(text));
}
