// One child run that this process drives, kept in step with its parent.
import type { JournalStore } from '../../journal/journal.ts';
import type { DrillEvent } from '../../model/events.ts';
import type { Phase } from '../../model/phase.ts';
import { PAUSABLE } from '../../statechart/people.ts';
import type { ParentWatch } from './parent-watch.ts';

export interface ChildAtWork {
  /** Aborted: the child is aborted into its restoration. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: DrillEvent, phase: Phase) => void;
  /** Holds the child to what the parent is now. */
  readonly follow: () => void;
  /** Nothing is asked of it any more. */
  readonly close: () => void;
}

/** A child, and what it is held to. */
export interface Watched {
  readonly run: string;
  readonly parentRun: string;
  readonly parent: ParentWatch;
  readonly store: Pick<JournalStore, 'post'>;
  /** How long until it is aborted, in ms, and the words for that. */
  readonly endsIn: { readonly ms: number; readonly reason: string };
}

export function childAtWork({ run, parentRun, parent, store, endsIn }: Watched): ChildAtWork {
  const abort = new AbortController();
  const late = setTimeout(() => abort.abort(new Error(endsIn.reason)), Math.max(0, endsIn.ms));
  const prefix = `its parent ${parentRun} is held: `;
  let phase: Phase = 'preflight';
  let held = false;
  /** The pause that holds it came from here. */
  let byParent = false;
  /** Posted, and neither refused nor taken back by the parent since. */
  let asked: 'pause' | 'resume' | undefined;
  let isClosed = false;
  let posted: Promise<void> = Promise.resolve();
  const post = (type: 'pause' | 'resume', as: string, reason: string) => {
    if (asked === type) return;
    asked = type;
    // One after another: commands count in the order in which they were given. What could not be posted is posted at the next change.
    posted = posted
      .then(() => store.post(run, type === 'pause' ? { type, as, reason } : { type, as }))
      .catch(() => {
        asked = undefined;
      });
  };
  const follow = () => {
    if (isClosed) return;
    const why = parent.aborted();
    if (why !== undefined && !abort.signal.aborted)
      abort.abort(new Error(`its parent ${parentRun} was aborted by ${why}`));
    const pause = parent.paused();
    if (asked === (pause === undefined ? 'pause' : 'resume')) asked = undefined;
    if (pause !== undefined && !held && PAUSABLE.has(phase)) post('pause', pause.as, prefix + pause.reason);
    // A pause that people asked of the child itself is theirs to end.
    if (pause === undefined && held && byParent) post('resume', parentRun, '');
  };
  return {
    signal: abort.signal,
    onEvent: (event, after) => {
      phase = after;
      if (event.type === 'run.paused') {
        held = true;
        byParent = event.reason.startsWith(prefix);
      }
      if (event.type === 'run.continued' || !PAUSABLE.has(after)) held = false;
      // Not before all that an earlier process journalled is replayed.
      setImmediate(follow);
    },
    follow,
    close: () => {
      isClosed = true;
      clearTimeout(late);
    },
  };
}
