import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';

export const restore: Command = {
  name: 'restore',
  summary: 'restore what a stuck run left, at any later time, from its journal alone',
  args: [['<run>', 'run that ended stuck, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who; default: the user of this machine'],
    ['--reason <text>', 'why now, for the record'],
    ['--json', 'its new result as JSON'],
  ],
  run: async (invocation) => {
    const [{ recordOf }, { reopenRun }, { personOrUser }, { show }, { findWorkspace }, { restoredStatus }] =
      await Promise.all([
        import('../say-to-run.ts'),
        import('../reopen-run.ts'),
        import('../post-command.ts'),
        import('../show.ts'),
        import('../workspace.ts'),
        import('../restored-status.ts'),
      ]);
    const { terminal, options } = invocation;
    const { record } = await recordOf(invocation);
    const { run, outcome, writer } = record;
    if (outcome === null) throw new UsageError('refused', `${run} has not ended: ${wayOn(run, writer?.pid)}`);
    if (outcome !== 'stuck')
      throw new UsageError('refused', `${run} ended ${outcome}: it left nothing that could still be restored`);
    const reason = textOption(invocation, 'reason') ?? 'no reason given';
    const reopened = { type: 'run.reopened', for: 'restoration', as: personOrUser(invocation), reason } as const;
    const finished = await reopenRun({ run, workspace: findWorkspace(process.cwd(), options), terminal, reopened });
    show(finished, invocation);
    return restoredStatus(finished);
  },
};

const wayOn = (run: string, pid: number | undefined) =>
  pid === undefined
    ? `drillmaster resume ${run} goes on, and restores`
    : `process ${pid} is at work on it, and restores`;
