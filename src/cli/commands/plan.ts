import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show everything a drill would do, in order, and what it may touch',
  args: [['<file>', 'drill file']],
  options: [
    ['--environment <name>', 'environment; default: the twin of the same name'],
    ['--json', 'as JSON'],
  ],
  run: async (invocation) => {
    const [{ loadDrill }, { planDocument, renderPlan }, { planWarnings }, { missingResources }] = await Promise.all([
      import('../compose.ts'),
      import('../../plan/render.ts'),
      import('../../plan/warnings.ts'),
      import('../../plan/missing-resources.ts'),
    ]);
    const { args, options, terminal } = invocation;
    const loaded = loadDrill(args[0] ?? '', textOption(invocation, 'environment'), options);
    terminal.out(options['json'] === true ? jsonText(planDocument(loaded.plan)) : renderPlan(loaded.plan));
    const missing = missingResources(loaded.plan, loaded.environment);
    for (const warning of [...missing, ...planWarnings(loaded.plan, Date.now())]) terminal.err(`warning: ${warning}`);
    return PASSED;
  },
};
