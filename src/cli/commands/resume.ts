import { UsageError } from '../../model/errors.ts';
import type { Command, Invocation } from '../command.ts';
import { NOT_PASSED, PASSED } from '../exit-status.ts';
import type { Closed } from '../finish-closed.ts';
import type { Finished } from '../package-run.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'let a run go on that is paused, or whose process is gone',
  args: [['<run>', 'run, as in drillmaster runs']],
  options: [
    ['--as <name>', 'who; default: the user of this machine'],
    ['--json', 'if this process takes the run over: its result as JSON'],
  ],
  run: async (invocation) => {
    const closed = await closedOf(invocation);
    const finished = closed === undefined ? await resumeOpen(invocation) : await finish(closed, invocation);
    if (finished === undefined) return PASSED;
    const { show } = await import('../show.ts');
    show(finished, invocation);
    return finished.result.outcome === 'passed' ? PASSED : NOT_PASSED;
  },
};

/** Undefined: the run is open. */
async function closedOf({ args, options }: Invocation): Promise<Closed | undefined> {
  const { findRun, withStore } = await import('../store.ts');
  return withStore(options, async (store) => {
    const record = await findRun(store, args[0]);
    return record.outcome === null ? undefined : { record, events: await store.events(record.run) };
  });
}

async function finish(closed: Closed, { options, terminal }: Invocation): Promise<Finished> {
  const [{ finishClosed }, { findWorkspace }] = await Promise.all([
    import('../finish-closed.ts'),
    import('../workspace.ts'),
  ]);
  return finishClosed(closed, findWorkspace(process.cwd(), options), terminal);
}

/** Undefined: another process has the run, and goes on with it. */
async function resumeOpen(invocation: Invocation): Promise<Finished | undefined> {
  const [{ personOrUser, post, standingOf, takerText }, { holderOf, holderText }] = await Promise.all([
    import('../post-command.ts'),
    import('../holder.ts'),
  ]);
  const { terminal, options } = invocation;
  const standing = await standingOf(invocation);
  const { view, record, events } = standing;
  const holder = holderOf(record, events);
  if (holder !== null && !view.paused)
    throw new UsageError(
      'refused',
      `${record.run} is neither paused nor interrupted: it is held by ${holderText(holder)}, in phase ${view.phase}`,
    );
  if (view.paused) await post(invocation, standing, { type: 'resume', as: personOrUser(invocation) });
  if (holder !== null) {
    terminal.out(`${record.run}: goes on`);
    terminal.err(takerText(standing));
    return undefined;
  }
  terminal.err(`${record.run}: its process is gone; this one takes the run over and goes on in phase ${view.phase}`);
  const [{ goOn }, { findWorkspace }] = await Promise.all([import('../run-on-twin.ts'), import('../workspace.ts')]);
  return goOn(standing, findWorkspace(process.cwd(), options), terminal);
}
