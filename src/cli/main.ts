// The program, for a Node that can run it: `bin/drillmaster.mjs` finds one.
import { runProgram } from './program.ts';
import { outliveReaders } from './terminal.ts';

/** Runs the command line and gives its exit status: 0, 1, 2 or 70. */
export function main(argv: readonly string[]): Promise<number> {
  outliveReaders();
  return runProgram(argv);
}
