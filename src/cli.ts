#!/usr/bin/env node
// The program. `bin/drillmaster.mjs` finds a Node that can run this file; with Node 24 it can be run as it is.
import { runProgram } from './cli/program.ts';

/** Runs the command line and gives its exit status: 0, 1, 2 or 70. */
export const main = runProgram;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
