// Commands of other processes are durable in the journal's inbox; this turns them into events.
import { requestAbort } from './request-abort.ts';
import type { Run } from './run.ts';

/** Looks into the inbox until the returned function is called. */
export function watchInbox(run: Run): () => void {
  let busy = false;
  const look = async () => {
    try {
      for (const { id, command } of run.journal.commands()) {
        await requestAbort(run, command.as, command.reason);
        // Marked afterwards: a crash in between repeats the command, which changes nothing, and never loses it.
        run.journal.taken(id);
      }
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    run.background(look);
  }, run.limits.inboxPollMs);
  return () => clearInterval(timer);
}
