import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import type { ListedRun } from '../listed-run.ts';
import { jsonText } from '../terminal.ts';

export const runs: Command = {
  name: 'runs',
  summary: 'list runs, newest first',
  options: [
    ['--unfinished', 'only those that are not closed'],
    ['--json', 'as JSON'],
  ],
  run: async ({ options, terminal }) => {
    const [{ withStore }, { listedRun, unfinishedText }] = await Promise.all([
      import('../store.ts'),
      import('../listed-run.ts'),
    ]);
    const listed = await withStore(options, async (store) => {
      const records = (await store.runs()).filter(({ outcome }) => options['unfinished'] !== true || outcome === null);
      const newestFirst = records.toSorted((a, b) => b.openedAt - a.openedAt);
      return Promise.all(newestFirst.map((record) => listedRun(store, record)));
    });
    const lineOf = (run: ListedRun) =>
      `${run.outcome === null ? unfinishedText(run) : `${run.run}  ${run.outcome}`}${childText(run)}`;
    if (options['json'] === true) terminal.out(jsonText(listed));
    else terminal.out(listed.map(lineOf).join('\n') || 'no runs');
    return PASSED;
  },
};

const childText = ({ parent }: ListedRun) => (parent === null ? '' : `, child of ${parent}`);
