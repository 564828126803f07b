import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const declare: Command = {
  name: 'declare',
  summary: 'decide that a disrupted service is recovered now',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who'],
    ['--role <role>', 'as what; one of the roles of the drill'],
    ['--reason <text>', 'why, for the record'],
  ],
  run: async (invocation) => {
    const { namedPerson, post, roleOf, standingOf, takerText } = await import('../post-command.ts');
    const standing = await standingOf(invocation);
    const as = namedPerson(invocation);
    const role = roleOf(invocation, standing.plan.declaration.roles);
    const reason = textOption(invocation, 'reason') ?? 'no reason given';
    await post(invocation, standing, { type: 'declare', as, role, reason });
    invocation.terminal.out(`${standing.record.run}: recovery declared by ${as} as ${role}`);
    invocation.terminal.err(takerText(standing));
    return PASSED;
  },
};
