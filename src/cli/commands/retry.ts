import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const retry: Command = {
  name: 'retry',
  summary: 'send a step that waits at once; try one that failed or is stuck once more, after a look',
  args: [
    ['<run>', 'run, as in drillmaster runs'],
    ['<step>', 'step that waits, failed or is stuck'],
  ],
  options: [
    ['--reason <text>', 'why, for the record'],
    ['--as <name>', 'who; default: the user of this machine'],
  ],
  run: async (invocation) => {
    const { personOrUser, post, standingOf, stepOf, takerText } = await import('../post-command.ts');
    const standing = await standingOf(invocation);
    const step = stepOf(invocation, standing);
    const reason = textOption(invocation, 'reason') ?? 'no reason given';
    const as = personOrUser(invocation);
    const attempt = standing.view.attempt(step.id);
    await post(invocation, standing, { type: 'retry', as, step: step.id, attempt, reason });
    invocation.terminal.out(`${standing.record.run}: step ${step.id} is to be tried again, says ${as}`);
    invocation.terminal.err(takerText(standing));
    return PASSED;
  },
};
