import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

const VERDICTS = ['passed', 'not-passed'] as const;

export const attest: Command = {
  name: 'attest',
  summary: "give a person's own verdict; it stands beside the computed one and never changes it",
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who'],
    ['--role <role>', 'as what'],
    ['--verdict <word>', VERDICTS.join(' or ')],
    ['--note <text>', 'what was seen, for the record'],
    ['--json', 'the new result of a closed run as JSON'],
  ],
  run: async (invocation) => {
    const [{ recordOf, requiredText, sayToRun }, { namedPerson }] = await Promise.all([
      import('../say-to-run.ts'),
      import('../post-command.ts'),
    ]);
    const told = await recordOf(invocation);
    const as = namedPerson(invocation);
    const role = requiredText(invocation, 'role', 'with the role of that person');
    const word = textOption(invocation, 'verdict');
    const verdict = VERDICTS.find((known) => known === word);
    if (verdict === undefined)
      throw new UsageError('usage', `expected --verdict ${VERDICTS.join(' or ')}, found ${word ?? 'none'}`);
    const note = requiredText(invocation, 'note', 'that says what was seen');
    const text = `${told.record.run}: ${verdict}, says ${as} as ${role}: ${note}`;
    await sayToRun(invocation, told, { type: 'attest', as, role, verdict, note }, text);
    return PASSED;
  },
};
