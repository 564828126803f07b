// The program as a person starts it, in a process of its own.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'drillmaster.mjs');

/** Where one drill of the list keeps its runs and their evidence. */
export interface Place {
  readonly state: string;
  readonly evidence: string;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. Its standard input is empty: whoever is asked is asked elsewhere. */
export function drillmaster({ state, evidence }: Place, ...args: readonly string[]): Promise<Ran> {
  const places = ['--state', state, '--evidence', evidence];
  const child = spawn(process.execPath, [PROGRAM, ...args, ...places], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...output }));
  });
}
