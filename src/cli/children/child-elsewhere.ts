// A child run that another process took over: it is kept in step with its parent through its inbox.
import type { CommandBody } from '../../journal/command.ts';
import type { JournalStore } from '../../journal/journal.ts';
import { JournalError } from '../../journal/journal-error.ts';
import type { Plan } from '../../plan/plan.ts';
import { createKernel } from '../../statechart/index.ts';
import { childAtWork, type Watched } from './child-at-work.ts';

export interface ChildElsewhere {
  /** Reads what is new in its journal, and asks of it what its parent is now. */
  readonly look: () => void;
  /** Nothing is asked of it any more. */
  readonly close: () => void;
}

type Options = Omit<Watched, 'store'> & { readonly plan: Plan; readonly store: Pick<JournalStore, 'events' | 'post'> };

/** Commands are posted once for each change, and an abort only to a child that is not being aborted already. */
export function childElsewhere({ plan, store, ...watched }: Options): ChildElsewhere {
  const { run, parentRun } = watched;
  const kernel = createKernel(plan);
  let { state } = kernel.initial();
  let seen = 0;
  const post = (_: string, command: CommandBody) => postIfOpen(store, run, command);
  const work = childAtWork({ ...watched, store: { post } });
  const read = () => {
    for (const event of store.events(run, seen + 1)) {
      state = kernel.decide(state, event).adopt(state);
      seen = event.seq;
      work.onEvent(event, kernel.view(state).phase);
    }
  };
  work.signal.addEventListener('abort', () => {
    const { message } = work.signal.reason as Error;
    if (!kernel.view(state).aborted) post(run, { type: 'abort', as: parentRun, reason: message });
  });
  return {
    look: () => {
      read();
      work.follow();
    },
    close: work.close,
  };
}

/** What was closed since the last look needs nothing any more. */
function postIfOpen(store: Pick<JournalStore, 'post'>, run: string, command: CommandBody): void {
  try {
    store.post(run, command);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'closed') throw error;
  }
}
