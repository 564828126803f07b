import { UsageError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const twinDown: Command = {
  name: 'twin down',
  summary: 'end a twin and remove everything of it',
  args: [['<world>', 'name of the twin']],
  run: async ({ args: [name = ''], options, terminal }) => {
    const [{ downTwin, twinOwner }, { findWorkspace }, { findTwinUser }] = await Promise.all([
      import('../../twin/index.ts'),
      import('../workspace.ts'),
      import('../twins.ts'),
    ]);
    const workspace = findWorkspace(process.cwd(), options);
    const { state } = workspace;
    const user = await findTwinUser(name, twinOwner(state, name), workspace);
    if (user !== undefined && user.outcome === null && user.writer !== null)
      throw new UsageError(
        'refused',
        `expected a twin that nobody uses, found ${name}, on which ${user.run} is at work: drillmaster abort ${user.run} ends both`,
      );
    await downTwin(state, name);
    if (user?.outcome === 'stuck')
      terminal.err(`${user.run} stays stuck: what it worked on is gone, and it cannot be restored any more`);
    terminal.out(`${name}: down`);
    return PASSED;
  },
};
