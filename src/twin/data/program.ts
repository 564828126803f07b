// A program of a data plane as a process of its own: settings go in as the first line of its standard input, its port comes back as the first
// line of its standard output, later lines are commands and their answers, and it ends when its standard input does.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownEnvironment } from '../process/own-environment.ts';
import { DataPlaneError } from './data-plane-error.ts';

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 3000;
const TELL_MS_MAX = 10_000;
const LOG_CHARACTERS_MAX = 2000;

export interface Program {
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Sends a line and resolves with the next line that comes back. One at a time. Throws DataPlaneError `not-running`. */
  readonly tell: (line: string) => Promise<string>;
  /** Ends the process; resolves when it is over, at once when it is over already. */
  readonly stop: () => Promise<void>;
  /** Ends it at once, with nothing said. */
  readonly kill: () => Promise<void>;
}

/** Starts a program; resolves when it listens. `what` is for people: `shop orders-shop-weu`. Throws DataPlaneError `not-running`. */
export async function startProgram(main: string, what: string, settings: object): Promise<Program> {
  const child = spawn(process.execPath, [main], {
    // A group of its own: a signal to the twin's terminal is not one to the program.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: ownEnvironment(),
  });
  const stop = () => end(child);
  // A program that was killed takes no more input; its exit says so already.
  child.stdin.on('error', () => undefined);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_CHARACTERS_MAX);
  });
  const listening = { child, answers: createInterface({ input: child.stdout }), log: () => log };
  child.stdin.write(`${JSON.stringify({ ...settings, port: 0 })}\n`);
  try {
    const { port } = JSON.parse(await nextLine(listening, START_MS_MAX, `${what} did not start`)) as { port: number };
    const tell = (line: string) => {
      const told = nextLine(listening, TELL_MS_MAX, `${what} did not answer ${line}`);
      child.stdin.write(`${line}\n`);
      return told;
    };
    return { pid: Number(child.pid), port, tell, stop, kill: () => end(child, 0) };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Listening {
  readonly child: ChildProcess;
  readonly answers: Interface;
  /** The newest of what the program complained of. */
  readonly log: () => string;
}

/** The next line of a program's output, unless it ends or takes too long. */
async function nextLine({ child, answers, log }: Listening, msMax: number, doing: string): Promise<string> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const found = await Promise.race([
      once(answers, 'line', { signal }).then(([line]) => ({ line: String(line) })),
      once(child, 'close', { signal }).then(([code, name]) => ({ why: `it ended with ${code ?? name}` })),
      sleep(msMax, { why: `nothing came within ${msMax} ms` }, { signal }),
    ]);
    if ('line' in found) return found.line;
    throw new DataPlaneError('not-running', `${doing}: ${found.why}\n${log()}`);
  } finally {
    over.abort();
  }
}

/** Asks by the end of its input, and kills after a while. */
async function end(child: ChildProcess, patienceMs = STOP_MS_MAX): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  if (patienceMs === 0) child.kill('SIGKILL');
  child.stdin?.end();
  await over;
  clearTimeout(timer);
}
