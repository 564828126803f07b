import type { RunJournal } from '../journal/journal.ts';
import { JournalError } from '../journal/journal-error.ts';
import type { EventBody } from '../model/events.ts';
import { systemClock } from '../runtime/system-clock.ts';

/**
 * Appends what stands on record before the run's loop begins. A full disk that gave its reserve back has room for the end of the run alone:
 * the event is taken then, and the run is aborted before anything else is sent, as the loop does it.
 */
export async function appendAlone(journal: Pick<RunJournal, 'append'>, body: EventBody): Promise<void> {
  const at = systemClock.now();
  try {
    await journal.append([{ at, body }]);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'relieved') throw error;
    const abort = { type: 'abort.requested', as: 'drillmaster', reason: error.message } as const;
    await journal.append([
      { at, body },
      { at, body: abort },
    ]);
  }
}
