import { runProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** Runs the program in this process and keeps what it wrote. Nobody can be asked. */
export async function runInProcess(...argv: readonly string[]) {
  const written = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => {
      written.out += `${text}\n`;
    },
    err: (text) => {
      written.err += `${text}\n`;
    },
    interactive: false,
    screen: undefined,
  };
  return { status: await runProgram(argv, terminal), ...written };
}
