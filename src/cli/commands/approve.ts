import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const approve: Command = {
  name: 'approve',
  summary: 'give, or refuse, the permission to drill that a run waits for',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who; nobody approves a run that he asked for, or twice'],
    ['--role <role>', 'as what; one of the roles of the drill'],
    ['--decline', 'refuse: the run ends before anything is touched; needs --note'],
    ['--note <text>', 'why, for the record'],
  ],
  run: async (invocation) => {
    const [{ namedPerson, post, roleOf, standingOf, takerText }, { approvalSubject, missingText }] = await Promise.all([
      import('../post-command.ts'),
      import('../people-text.ts'),
    ]);
    const { options, terminal } = invocation;
    const standing = await standingOf(invocation);
    const { plan, view, record } = standing;
    const as = namedPerson(invocation);
    const role = roleOf(invocation, plan.approvals.roles);
    const note = textOption(invocation, 'note');
    const decision = options['decline'] === true ? 'declined' : 'approved';
    if (decision === 'declined' && note === undefined)
      throw new UsageError('usage', 'expected --note that says why, found none');
    const { planDigest } = view;
    const told = note === undefined ? {} : { note };
    await post(invocation, standing, { type: 'approve', as, role, decision, planDigest, ...told });
    terminal.out(approvalSubject(plan, planDigest));
    if (decision === 'declined') terminal.out(`${record.run}: declined by ${as} as ${role}: ${note}`);
    else {
      const given = { as, role, at: 0, expiresAt: 0, expired: false };
      terminal.out(`${record.run}: approved by ${as} as ${role}; ${missingText(plan, [...view.approvals, given])}`);
    }
    terminal.err(takerText(standing));
    return PASSED;
  },
};
