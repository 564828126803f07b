import { runProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** Runs the program in this process and keeps what it wrote, as into a pipe. Nobody can be asked. */
export const runInProcess = (...argv: readonly string[]) => runWith(false, argv);

/** The same with an output that a person reads. */
export const runOnTerminal = (...argv: readonly string[]) => runWith(true, argv);

async function runWith(forPeople: boolean, argv: readonly string[]) {
  const written = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => {
      written.out += `${text}\n`;
    },
    err: (text) => {
      written.err += `${text}\n`;
    },
    interactive: false,
    forPeople,
    screen: undefined,
  };
  return { status: await runProgram(argv, terminal), ...written };
}
