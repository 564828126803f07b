// The program, for a Node that can run it: `bin/drillmaster.mjs` finds one.

/** Runs the command line and gives its exit status: 0, 1, 2 or 70. */
export async function main(argv: readonly string[]): Promise<number> {
  const [{ runProgram }, { outliveReaders }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/terminal.ts'),
  ]);
  outliveReaders();
  return runProgram(argv);
}
