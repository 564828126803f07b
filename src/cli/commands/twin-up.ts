import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const twinUp: Command = {
  name: 'twin up',
  summary: 'bring a twin up; it is yours until you end it',
  args: [['<world>', 'name of a file in drills/worlds, without .yaml']],
  run: async ({ args: [name = ''], options, terminal }) => {
    const [{ bringUp }, { worldFileOf }, { findWorkspace }] = await Promise.all([
      import('../twins.ts'),
      import('../compose.ts'),
      import('../workspace.ts'),
    ]);
    const workspace = findWorkspace(process.cwd(), options);
    const { endpoint } = await bringUp(workspace, worldFileOf(workspace, name), 'person');
    terminal.out(`${name}: up at ${endpoint}`);
    return PASSED;
  },
};
