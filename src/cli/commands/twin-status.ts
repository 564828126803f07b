import type { Command } from '../command.ts';
import { estateTable } from '../estate-table.ts';
import { PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

export const twinStatus: Command = {
  name: 'twin status',
  summary: 'show the estate of the twins that are up: regions, resources, links, active faults',
  args: [['[world]', 'name of the twin; default: all']],
  options: [['--json', 'as JSON']],
  run: async ({ args: [name], options, terminal }) => {
    const [twins, { requireTwin }, { findWorkspace }] = await Promise.all([
      import('../../twin/index.ts'),
      import('../twins.ts'),
      import('../workspace.ts'),
    ]);
    const workspace = findWorkspace(process.cwd(), options);
    const addresses = name === undefined ? twins.findTwins(workspace.state) : [requireTwin(workspace, name)];
    const shown = await Promise.all(addresses.map((address) => twins.twinStatus(address)));
    if (options['json'] === true) terminal.out(jsonText(name === undefined ? shown : shown[0]));
    else terminal.out(shown.map(estateTable).join('\n\n') || 'no twin is up');
    return PASSED;
  },
};
