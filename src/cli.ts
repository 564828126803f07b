#!/usr/bin/env node
// The program. `bin/drillmaster.mjs` finds a Node that can run this file; with Node 24 it can be run as it is.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Types are stripped and code is compiled once, not at every start. Where the folder cannot be written, starts are slower and nothing else.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'drillmaster'));

/** Runs the command line and gives its exit status: 0, 1, 2 or 70. */
export async function main(argv: readonly string[]): Promise<number> {
  const [{ runProgram }, { outliveReaders }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/terminal.ts'),
  ]);
  outliveReaders();
  return runProgram(argv);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
