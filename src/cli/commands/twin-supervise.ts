import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

/** The process that is a twin; started by `twin up` and by `run`, never by a person. */
export const twinSupervise: Command = {
  name: 'twin supervise',
  summary: 'be the supervisor of a twin',
  args: [['<folder>', 'folder of the twin']],
  hidden: true,
  run: async ({ args: [folder = ''], terminal }) => {
    const { superviseWorld } = await import('../../twin/index.ts');
    await superviseWorld({ folder, log: (line) => terminal.err(`${new Date().toISOString()} ${line}`) });
    return PASSED;
  },
};
