import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const pause: Command = {
  name: 'pause',
  summary: 'hold a run: nothing new is sent until it is resumed; clocks go on',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who; default: the user of this machine'],
    ['--reason <text>', 'why, for the record'],
  ],
  run: async (invocation) => {
    const { personOrUser, post, standingOf, takerText } = await import('../post-command.ts');
    const standing = await standingOf(invocation);
    const reason = textOption(invocation, 'reason') ?? 'no reason given';
    await post(invocation, standing, { type: 'pause', as: personOrUser(invocation), reason });
    const { run } = standing.record;
    invocation.terminal.out(
      `${run}: pause asked for; what was sent settles, timers and clocks go on; drillmaster resume ${run} goes on`,
    );
    invocation.terminal.err(takerText(standing));
    return PASSED;
  },
};
