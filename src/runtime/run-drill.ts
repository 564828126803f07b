// A run from its first event to its last, by this process or the next one.
import type { DrillEvent, EventOf } from '../model/events.ts';
import type { Outcome } from '../model/phase.ts';
import type { DrillOptions } from './options.ts';
import { RuntimeError } from './runtime-error.ts';
import { openSession, type Session } from './session.ts';

export type { DrillOptions } from './options.ts';

/**
 * Runs a new drill to its end and gives its journal back. `opened` becomes the first event. Rejects when the journal refuses or the engine
 * itself fails; the run can then be resumed. Nothing of the run is left at work when the promise settles.
 */
export function runDrill(options: DrillOptions & { readonly opened: EventOf<'run.opened'> }): Promise<Outcome> {
  return conduct(options, async (session) => {
    await session.submit(options.opened);
  });
}

/**
 * Goes on with a run that an earlier process left: replays its events, journals `run.resumed`, and asks for everything that is still open.
 * A run that was closed and not given back is only given back. Throws RuntimeError `nothing-to-resume` when it was never opened.
 */
export async function resumeDrill(options: DrillOptions): Promise<Outcome> {
  const events = options.journal.events();
  const ended = events.find((event): event is DrillEvent & EventOf<'run.closed'> => event.type === 'run.closed');
  if (ended !== undefined) {
    options.journal.release(ended.outcome);
    return ended.outcome;
  }
  return conduct(options, async (session) => {
    if (events.length === 0)
      throw new RuntimeError('nothing-to-resume', `expected events of ${options.journal.run}, found none`);
    session.replay(events);
    await session.submit({ type: 'run.resumed', by: `process ${process.pid}` });
    session.performOpen();
  });
}

async function conduct(options: DrillOptions, begin: (session: Session) => Promise<void>): Promise<Outcome> {
  const session = openSession(options);
  let outcome: Outcome | null = null;
  try {
    await Promise.race([begin(session).then(session.listen), session.failed]);
    outcome = await Promise.race([session.closed, session.failed]);
    return outcome;
  } finally {
    await session.end();
    release(options, outcome);
  }
}

/** A journal that failed may refuse this too; then the first error is the one that tells why. */
function release({ journal, log }: DrillOptions, outcome: Outcome | null): void {
  try {
    journal.release(outcome);
  } catch (error) {
    if (outcome !== null) throw error;
    log?.error('the journal could not be given back', { run: journal.run, error: String(error) });
  }
}
