import { parentRunOf } from '../../model/child.ts';
import { formatInstant } from '../../model/clock.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

export const runs: Command = {
  name: 'runs',
  summary: 'list runs, newest first',
  options: [
    ['--unfinished', 'only those that are not closed'],
    ['--json', 'as JSON'],
  ],
  run: async ({ options, terminal }) => {
    const { withStore } = await import('../store.ts');
    const records = [...(await withStore(options, (store) => store.runs()))]
      .filter(({ outcome }) => options['unfinished'] !== true || outcome === null)
      .sort((a, b) => b.openedAt - a.openedAt)
      .map(({ run, drill, openedAt, outcome, writer }) => ({
        run,
        drill,
        openedAt: formatInstant(openedAt),
        outcome,
        parent: parentRunOf(run) ?? null,
        state: outcome !== null ? 'closed' : writer === null ? 'interrupted' : 'running',
      }));
    if (options['json'] === true) terminal.out(jsonText(records));
    else terminal.out(records.map(lineOf).join('\n') || 'no runs');
    return PASSED;
  },
};

interface Listed {
  readonly run: string;
  readonly outcome: string | null;
  readonly parent: string | null;
  readonly state: string;
}

const lineOf = ({ run, outcome, parent, state }: Listed) =>
  `${run}  ${outcome ?? state}${parent === null ? '' : `, child of ${parent}`}`;
