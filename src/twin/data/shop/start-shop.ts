import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataPlaneError } from '../data-plane-error.ts';
import type { ShopSettings } from './settings.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const START_MS_MAX = 20_000;
const STOP_MS_MAX = 3000;
const LOG_CHARACTERS_MAX = 2000;

export interface Shop {
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Ends the process; resolves when it is over, at once when it is over already. */
  readonly stop: () => Promise<void>;
}

/** Starts a shop as a process of its own; resolves when it listens. Throws DataPlaneError `not-running`. */
export async function startShop(settings: Omit<ShopSettings, 'port'>): Promise<Shop> {
  const child = spawn(process.execPath, [MAIN], {
    // A group of its own: a signal to the twin's terminal is not one to the shop.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    // Variables such as PGOPTIONS would change what the shop does.
    env: {},
  });
  const stop = () => end(child);
  // A shop that was killed takes no more input; its exit says so already.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify({ ...settings, port: 0 })}\n`);
  try {
    const port = await portOf(child, settings.shop);
    return { pid: Number(child.pid), port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Speaking extends ChildProcess {
  readonly stdout: NonNullable<ChildProcess['stdout']>;
  readonly stderr: NonNullable<ChildProcess['stderr']>;
}

function portOf(child: Speaking, shop: string): Promise<number> {
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_CHARACTERS_MAX);
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new DataPlaneError('not-running', `shop ${shop} did not start: ${why}\n${log}`));
    const timer = setTimeout(() => fail(`it did not listen within ${START_MS_MAX} ms`), START_MS_MAX);
    const settled = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    child.once('error', (error) => settled(() => fail(error.message)));
    child.once('close', (code, signal) => settled(() => fail(`it ended with ${code ?? signal}`)));
    createInterface({ input: child.stdout }).once('line', (line) =>
      settled(() => resolve((JSON.parse(line) as { port: number }).port)),
    );
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  child.stdin?.end();
  await over;
  clearTimeout(timer);
}
