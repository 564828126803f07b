// A child run that another process took over: it is kept in step with its parent through its inbox.
import type { CommandBody } from '../../journal/command.ts';
import type { JournalStore } from '../../journal/journal.ts';
import { JournalError } from '../../journal/journal-error.ts';
import type { Plan } from '../../plan/plan.ts';
import { createKernel } from '../../statechart/index.ts';
import { childAtWork, type Watched } from './child-at-work.ts';

export interface ChildElsewhere {
  /** Reads what is new in its journal, and asks of it what its parent is now. */
  readonly look: () => Promise<void>;
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
  const read = async () => {
    for (const event of await store.events(run, seen + 1)) {
      state = kernel.decide(state, event).adopt(state);
      seen = event.seq;
      work.onEvent(event, kernel.view(state).phase);
    }
  };
  let isAbortPosted = false;
  const postAbort = async () => {
    if (!work.signal.aborted || isAbortPosted || kernel.view(state).aborted) return;
    isAbortPosted = true;
    const { message } = work.signal.reason as Error;
    await post(run, { type: 'abort', as: parentRun, reason: message }).catch((error: unknown) => {
      isAbortPosted = false;
      throw error;
    });
  };
  // What could not be posted is posted with the next look, which says why when it cannot either.
  work.signal.addEventListener('abort', () => void postAbort().catch(() => undefined));
  return {
    look: async () => {
      await read();
      work.follow();
      await postAbort();
    },
    close: work.close,
  };
}

/** What was closed since the last look needs nothing any more. */
async function postIfOpen(store: Pick<JournalStore, 'post'>, run: string, command: CommandBody): Promise<void> {
  try {
    await store.post(run, command);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'closed') throw error;
  }
}
