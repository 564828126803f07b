import { UsageError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { PASSED, REFUSED } from '../exit-status.ts';

export const validate: Command = {
  name: 'validate',
  summary: 'check drill files and name every problem',
  args: [['<file...>', 'drill files']],
  options: [['--environment <name>', 'environment to plan for; default: the twin of the same name']],
  run: async ({ args, options, terminal }) => {
    const { loadDrill } = await import('../compose.ts');
    let status = PASSED;
    for (const file of args) {
      try {
        const { plan } = loadDrill(
          file,
          typeof options['environment'] === 'string' ? options['environment'] : undefined,
          options,
        );
        terminal.out(`${file}: valid, ${plan.steps.length} steps`);
      } catch (thrown) {
        if (!(thrown instanceof UsageError)) throw thrown;
        terminal.out(thrown.message);
        status = REFUSED;
      }
    }
    return status;
  },
};
