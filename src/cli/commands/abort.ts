import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';
import { NOT_PASSED, PASSED } from '../exit-status.ts';

export const abort: Command = {
  name: 'abort',
  summary: 'end a run early; what was disrupted is restored',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--reason <text>', 'why, for the record'],
    ['--as <name>', 'who; default: the user of this machine'],
    ['--json', 'if this process takes the run over: its result as JSON'],
  ],
  run: async (invocation) => {
    const [{ closedText, findRun, openStore }, { findWorkspace }, { whoAsks }] = await Promise.all([
      import('../store.ts'),
      import('../workspace.ts'),
      import('../people.ts'),
    ]);
    const { args, options, terminal } = invocation;
    const workspace = findWorkspace(process.cwd(), options);
    const store = await openStore(workspace);
    try {
      const record = await findRun(store, args[0]);
      if (record.outcome !== null)
        throw new UsageError(
          'refused',
          `${closedText(record)}; there is nothing to abort; drillmaster evidence ${record.run} writes its package if it has none`,
        );
      const as = textOption(invocation, 'as') ?? whoAsks();
      await store.post(record.run, {
        type: 'abort',
        as,
        reason: textOption(invocation, 'reason') ?? 'no reason given',
      });
      if (record.writer !== null) {
        terminal.out(`${record.run}: abort asked for; process ${record.writer.pid} restores and closes the run`);
        return PASSED;
      }
      terminal.err(`${record.run}: its process is gone; this one takes the run over and restores`);
    } finally {
      await store.close();
    }
    const [{ takeOver }, { show }] = await Promise.all([import('../run-on-twin.ts'), import('../show.ts')]);
    const finished = await takeOver(args[0] ?? '', workspace, terminal);
    show(finished, invocation);
    return finished.result.outcome === 'aborted' ? PASSED : NOT_PASSED;
  },
};
