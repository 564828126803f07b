import { type Command, textOption } from '../command.ts';
import { NOT_PASSED, PASSED } from '../exit-status.ts';

export const run: Command = {
  name: 'run',
  summary: 'run a drill, measure it and write its evidence',
  args: [['<file>', 'drill file']],
  options: [
    ['--environment <name>', 'environment; default: the twin of the same name'],
    ['--yes', 'nobody is asked: stands for people on twins only, and is recorded as automatic'],
    ['--rehearsal', 'pass over an RTO that a twin faster than Azure leaves unmeasured'],
    [
      '--prove-checks',
      'first plant on a twin of its own what each check claims to find, and refuse to go on with one that stays green',
    ],
    ['--json', 'the result as JSON on stdout; everything else on stderr'],
  ],
  run: async (invocation) => {
    const [{ loadDrill }, { requireTwinForProof, requireTwinForTypedNames }] = await Promise.all([
      import('../compose.ts'),
      import('../people.ts'),
    ]);
    const { args, options, terminal } = invocation;
    const drill = loadDrill(args[0] ?? '', textOption(invocation, 'environment'), options);
    const wishes = {
      unattended: options['yes'] === true,
      rehearsal: options['rehearsal'] === true,
      proveChecks: options['proveChecks'] === true,
    };
    if (wishes.proveChecks) requireTwinForProof(drill.plan);
    requireTwinForTypedNames(drill.plan, wishes.unattended);
    const [{ runOnTwin }, { show }] = await Promise.all([import('../run-on-twin.ts'), import('../show.ts')]);
    const finished = await runOnTwin(drill, wishes, terminal);
    show(finished, invocation);
    return finished.result.outcome === 'passed' ? PASSED : NOT_PASSED;
  },
};
