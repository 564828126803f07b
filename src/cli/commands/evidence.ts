import { UsageError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const evidence: Command = {
  name: 'evidence',
  summary: 'write the evidence package of a closed run that has none',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [['--json', 'its result as JSON']],
  run: async (invocation) => {
    const [{ findRun, openStore }, { findWorkspace }, { packageAgain }, { show }] = await Promise.all([
      import('../store.ts'),
      import('../workspace.ts'),
      import('../package-run.ts'),
      import('../show.ts'),
    ]);
    const workspace = findWorkspace(process.cwd(), invocation.options);
    const store = await openStore(workspace);
    try {
      const record = await findRun(store, invocation.args[0]);
      if (record.outcome === null)
        throw new UsageError('refused', `expected a closed run, found ${record.run}, which is not closed`);
      show(await packageAgain(workspace, store, record), invocation);
      return PASSED;
    } finally {
      await store.close();
    }
  },
};
