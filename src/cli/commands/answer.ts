import { ANSWERS } from '../../model/answer.ts';
import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const answer: Command = {
  name: 'answer',
  summary: 'answer a step of a runbook page that a run asks people about',
  args: [
    ['<run>', 'run, as in drillmaster runs'],
    ['<step>', 'step of the drill that uses the page'],
  ],
  options: [
    ['--item <number>', 'step of the page, counted from 1; default: the first that is not answered'],
    ['--result <word>', 'done, failed or skipped'],
    ['--note <text>', 'for the record; needed when it is not done'],
    ['--as <name>', 'who'],
    ['--role <role>', 'as what; one of the roles of the page'],
  ],
  run: async (invocation) => {
    const { namedPerson, post, roleOf, standingOf, stepOf, takerText } = await import('../post-command.ts');
    const standing = await standingOf(invocation);
    const { id, page } = stepOf(invocation, standing);
    const as = namedPerson(invocation);
    const result = ANSWERS.find((word) => word === textOption(invocation, 'result'));
    if (result === undefined)
      throw new UsageError(
        'usage',
        `expected --result done, failed or skipped, found ${textOption(invocation, 'result') ?? 'none'}`,
      );
    const answered = standing.view.answered(id);
    const next = (page?.items.findIndex((_, index) => !answered.includes(index + 1)) ?? -1) + 1;
    const named = textOption(invocation, 'item');
    const item = named === undefined ? Math.max(1, next) : Number(named);
    if (!Number.isSafeInteger(item))
      throw new UsageError('usage', `expected --item with a whole number, found "${named}"`);
    const role = roleOf(invocation, page?.roles ?? []);
    const note = textOption(invocation, 'note')?.trim() ?? '';
    await post(invocation, standing, { type: 'answer', as, role, step: id, item, result, note });
    invocation.terminal.out(
      `${standing.record.run}: "${page?.items[item - 1]?.title ?? item}" is ${result}, says ${as} as ${role}`,
    );
    invocation.terminal.err(takerText(standing));
    return PASSED;
  },
};
