import { UsageError } from '../../model/errors.ts';
import { sameResource } from '../../model/resource-id.ts';
import { suggest } from '../../model/suggest.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const accept: Command = {
  name: 'accept',
  summary: 'take a left-over, or a difference from the baseline, as it stands',
  args: [
    ['<run>', 'run, as in drillmaster runs'],
    ['<resource>', 'what stands, by its name in the result'],
  ],
  options: [
    ['--as <name>', 'who answers for it'],
    ['--reason <text>', 'why, for the record'],
    ['--json', 'the new result of a closed run as JSON'],
  ],
  run: async (invocation) => {
    const [{ recordOf, requiredText, sayToRun }, { namedPerson }, { acceptableNames, itemsNamed }] = await Promise.all([
      import('../say-to-run.ts'),
      import('../post-command.ts'),
      import('../../report/acceptance.ts'),
    ]);
    const told = await recordOf(invocation);
    const { run } = told.record;
    const resource = standing(run, acceptableNames(told.plan, told.events), invocation.args[1] ?? '');
    const as = namedPerson(invocation);
    const reason = requiredText(invocation, 'reason', 'that says why it may stand');
    const covers = itemsNamed(told.plan, told.events, resource);
    const text = `${run}: ${resource} is accepted as it stands, which covers ${covers.join('; ')}, says ${as}: ${reason}`;
    await sayToRun(invocation, told, { type: 'accept', as, resource, reason, covers }, text);
    return PASSED;
  },
};

/** The name as the result has it. Throws UsageError `not-found` with what was probably meant. */
function standing(run: string, names: readonly string[], named: string): string {
  const found = names.find((name) => name === named || sameResource(name, named));
  if (found !== undefined) return found;
  const { suggestion } = suggest(named, names);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const listed = names.length === 0 ? 'nothing of it stands' : `these stand: ${names.join(', ')}`;
  throw new UsageError(
    'not-found',
    `expected a left-over or a difference of ${run} (${listed}), found "${named}"${hint}`,
  );
}
