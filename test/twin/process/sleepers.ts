// Real processes to end: a node that starts `sleep` children, some of them in sessions of their own as PostgreSQL does.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processStat } from '../../../src/twin/process/process-stat.ts';

const PARENT = `
const { spawn } = require('node:child_process');
const start = (detached) => spawn('sleep', ['300'], { detached, stdio: 'ignore' }).pid;
console.log(JSON.stringify([start(false), start(true)]));
setInterval(() => {}, 1000);
`;

export interface Sleepers {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly children: readonly number[];
}

/** A parent with two `sleep` children, the second one in a session of its own. */
export async function startSleepers(): Promise<Sleepers> {
  const child = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  });
  return { child, pid: Number(child.pid), children: JSON.parse(line) as number[] };
}

export const isRunning = (pid: number): boolean => !['Z', 'X', undefined].includes(processStat(pid)?.state);

/** Waits until a process is over, and fails when it is not. */
export async function untilOver(pids: readonly number[], msMax = 5000): Promise<void> {
  const deadline = performance.now() + msMax;
  while (pids.some(isRunning)) {
    if (performance.now() > deadline) throw new Error(`still running: ${pids.filter(isRunning).join(', ')}`);
    await wait(5);
  }
}

/** For `finally`: ends what is left, by id. */
export function endAll(pids: readonly number[]): void {
  for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL');
}

export async function withFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-process-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
