import type { TwinStatus } from '../../twin/index.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

export const twinStatus: Command = {
  name: 'twin status',
  summary: 'show the regions, servers, storage accounts and endpoints of the twins that are up',
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
    else terminal.out(shown.map(textOf).join('\n\n') || 'no twin is up');
    return PASSED;
  },
};

function textOf({ name, regions, servers, accounts, endpoints, services, links }: TwinStatus): string {
  return [
    name,
    ...regions.map((region) => `  region    ${region.name}  ${region.up ? 'up' : 'down'}`),
    ...servers.map(
      (server) => `  server    ${server.name}  ${server.role}  ${server.state}${server.streaming ? '  streaming' : ''}`,
    ),
    ...accounts.map(
      ({ name: account, primary, secondary, failingOver }) =>
        `  account   ${account}  ${primary}${secondary === null ? '' : `, copied to ${secondary}`}${failingOver ? '  failing over' : ''}`,
    ),
    ...endpoints.map(
      (entry) => `  endpoint  ${entry.name}  ${entry.status}  ${entry.monitor}${entry.served ? '  served' : ''}`,
    ),
    ...services.map(({ kind, name: of, region, state }) => `  service   ${of}  ${kind}  ${region}  ${state}`),
    ...links.map((link) => `  link      ${link.between.join(' - ')}  ${link.latencyMs} ms${link.cut ? '  cut' : ''}`),
  ].join('\n');
}
