import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const chart: Command = {
  name: 'chart',
  summary: 'draw the statechart of a drill as Mermaid text',
  args: [['<file>', 'drill file']],
  options: [['--environment <name>', 'environment; default: the twin of the same name']],
  run: async (invocation) => {
    const [{ loadDrill }, { chartMermaid }] = await Promise.all([
      import('../compose.ts'),
      import('../../statechart/mermaid.ts'),
    ]);
    const { plan } = loadDrill(invocation.args[0] ?? '', textOption(invocation, 'environment'), invocation.options);
    invocation.terminal.out(chartMermaid(plan));
    return PASSED;
  },
};
