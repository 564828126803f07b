import { UsageError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { NOT_PASSED, PASSED } from '../exit-status.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'let a run go on that is paused, or whose process is gone',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who; default: the user of this machine'],
    ['--json', 'if this process takes the run over: its result as JSON'],
  ],
  run: async (invocation) => {
    const [{ personOrUser, post, standingOf, takerText }, { holderOf, holderText }] = await Promise.all([
      import('../post-command.ts'),
      import('../holder.ts'),
    ]);
    const { terminal, options } = invocation;
    const standing = await standingOf(invocation);
    const { view, record, events } = standing;
    const holder = holderOf(record, events);
    if (holder !== null && !view.paused)
      throw new UsageError(
        'refused',
        `${record.run} is neither paused nor interrupted: it is held by ${holderText(holder)}, in phase ${view.phase}`,
      );
    if (view.paused) await post(invocation, standing, { type: 'resume', as: personOrUser(invocation) });
    if (holder !== null) {
      terminal.out(`${record.run}: goes on`);
      terminal.err(takerText(standing));
      return PASSED;
    }
    terminal.err(`${record.run}: its process is gone; this one takes the run over and goes on in phase ${view.phase}`);
    const [{ goOn }, { show }, { findWorkspace }] = await Promise.all([
      import('../run-on-twin.ts'),
      import('../show.ts'),
      import('../workspace.ts'),
    ]);
    const finished = await goOn(standing, findWorkspace(process.cwd(), options), terminal);
    show(finished, invocation);
    return finished.result.outcome === 'passed' ? PASSED : NOT_PASSED;
  },
};
