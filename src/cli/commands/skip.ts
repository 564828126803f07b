import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const skip: Command = {
  name: 'skip',
  summary: 'leave a step out; what needs it goes on, and what it proves is not proved',
  args: [
    ['<run>', 'run, as in drillmaster runs'],
    ['<step>', 'step that is not sent, waits, failed or is stuck'],
  ],
  options: [
    ['--reason <text>', 'why, for the record'],
    ['--as <name>', 'who; default: the user of this machine'],
  ],
  run: async (invocation) => {
    const { personOrUser, post, standingOf, stepOf, takerText } = await import('../post-command.ts');
    const standing = await standingOf(invocation);
    const step = stepOf(invocation, standing);
    const reason = textOption(invocation, 'reason')?.trim() ?? '';
    if (reason === '') throw new UsageError('usage', 'expected --reason that says why, found none');
    const as = personOrUser(invocation);
    const attempt = standing.view.attempt(step.id);
    await post(invocation, standing, { type: 'skip', as, step: step.id, attempt, reason });
    invocation.terminal.out(`${standing.record.run}: step ${step.id} is to be skipped, says ${as}: ${reason}`);
    invocation.terminal.err(takerText(standing));
    return PASSED;
  },
};
