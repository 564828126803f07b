// A run from its first event to its last, by this process or the next one.
import type { DrillEvent, EventOf } from '../model/events.ts';
import type { Outcome } from '../model/phase.ts';
import { warnOfLateCommands } from './inbox.ts';
import { silent } from './logger.ts';
import type { DrillOptions } from './options.ts';
import { RuntimeError } from './runtime-error.ts';
import { openSession, type Session } from './session.ts';

export type { DrillOptions } from './options.ts';

/**
 * Runs a new drill to its end and gives its journal back. Its `run.opened` is on record already. Rejects when the journal refuses or the
 * engine itself fails; the run can then be resumed. Nothing of the run is left at work when the promise settles. Throws RuntimeError
 * `nothing-to-resume` when it was never opened.
 */
export async function runDrill(options: DrillOptions): Promise<Outcome> {
  const events = await options.journal.events();
  return conduct(options, async (session) => session.replay(openedIn(options, events)));
}

/**
 * Goes on with a run that an earlier process left: replays its events, journals `run.resumed`, and asks for everything that is still open.
 * A run that was closed and not given back is only given back. Throws RuntimeError `nothing-to-resume` when it was never opened.
 */
export async function resumeDrill(options: DrillOptions): Promise<Outcome> {
  const events = await options.journal.events();
  const ended = events.find((event): event is DrillEvent & EventOf<'run.closed'> => event.type === 'run.closed');
  if (ended !== undefined) {
    await release(options, ended.outcome);
    return ended.outcome;
  }
  return conduct(options, async (session) => {
    session.replay(openedIn(options, events));
    await session.submit({ type: 'run.resumed', by: `process ${process.pid}` });
  });
}

function openedIn({ journal }: DrillOptions, events: readonly DrillEvent[]): readonly DrillEvent[] {
  if (events.length > 0) return events;
  throw new RuntimeError('nothing-to-resume', `expected events of ${journal.run}, found none`);
}

async function conduct(options: DrillOptions, prepare: (session: Session) => Promise<void>): Promise<Outcome> {
  const session = openSession(options);
  let outcome: Outcome | null = null;
  try {
    await Promise.race([prepare(session).then(session.begin), session.failed]);
    outcome = await Promise.race([session.closed, session.failed]);
    return outcome;
  } finally {
    await session.end();
    await release(options, outcome);
  }
}

/** A journal that failed may refuse this too; then the first error is the one that tells why. */
async function release({ journal, log = silent }: DrillOptions, outcome: Outcome | null): Promise<void> {
  try {
    await journal.release(outcome);
    // From here on the store refuses commands: what stands in the inbox now is all that came too late.
    if (outcome !== null) await warnOfLateCommands(journal, log);
  } catch (error) {
    if (outcome !== null) throw error;
    log.error('the journal could not be given back', { run: journal.run, error: String(error) });
  }
}
