import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const twinDown: Command = {
  name: 'twin down',
  summary: 'end a twin and remove everything of it',
  args: [['<world>', 'name of the twin']],
  run: async ({ args: [name = ''], options, terminal }) => {
    const [{ downTwin }, { findWorkspace }] = await Promise.all([
      import('../../twin/index.ts'),
      import('../workspace.ts'),
    ]);
    await downTwin(findWorkspace(process.cwd(), options).state, name);
    terminal.out(`${name}: down`);
    return PASSED;
  },
};
