// A run from its first event to its last, by this process or the next one.

import { toErrorData } from '../model/errors.ts';
import type { DrillEvent, EventBody, EventOf } from '../model/events.ts';
import type { Outcome } from '../model/phase.ts';
import { fold } from '../statechart/kernel.ts';
import { STEP_MS_MIN } from './clock-watch.ts';
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
  const events = await recordOf(options);
  return conduct(options, async (session) => session.replay(openedIn(options, events)));
}

/**
 * Goes on with a run that an earlier process left: replays its events, journals `run.resumed`, and asks for everything that is still open.
 * A run that was closed and not given back is only given back. Throws RuntimeError `nothing-to-resume` when it was never opened.
 */
export async function resumeDrill(options: DrillOptions): Promise<Outcome> {
  const events = await recordOf(options);
  const ended = endOf(events);
  if (ended !== null) {
    await release(options, ended);
    return ended;
  }
  return conduct(notBehind(options, events), async (session) => {
    session.replay(openedIn(options, events));
    await session.submit({ type: 'run.resumed', by: `process ${process.pid}` });
    const behindMs = behindBy(options, events);
    if (behindMs > STEP_MS_MIN) await session.submit({ type: 'clock.stepped', wallMinusMonotonicMs: -behindMs });
  });
}

const behindBy = ({ clock }: DrillOptions, events: readonly DrillEvent[]) => (events.at(-1)?.at ?? 0) - clock.now();

/**
 * The wall clock may have been set back while nobody had the run. Its own clock never goes back: readings of this process would lie among
 * those of the one before, and a service that is well would look as if it had failed since.
 */
function notBehind(options: DrillOptions, events: readonly DrillEvent[]): DrillOptions {
  const { now } = options.clock;
  const behindMs = behindBy(options, events);
  return behindMs > 0 ? { ...options, clock: { now: () => now() + behindMs } } : options;
}

/**
 * Takes a closed run up again: to restore what is left, or to be judged once more with what people said since. Both are on record together,
 * or neither is. Rejects with RuntimeError `event-refused` when the run cannot be taken up for this; it is closed then as it was.
 */
export async function reopenDrill(
  options: DrillOptions,
  reopened: EventOf<'run.reopened'>,
  said: readonly EventBody[] = [],
): Promise<Outcome> {
  const events = await recordOf(options);
  try {
    refuseReopening(options, openedIn(options, events), reopened);
  } catch (error) {
    await release(options, endOf(events));
    throw error;
  }
  return conduct(notBehind(options, events), async (session) => {
    session.replay(events);
    // What is submitted in one turn shares one transaction.
    await Promise.all([reopened, ...said].map(session.submit));
  });
}

function refuseReopening({ kernel }: DrillOptions, events: readonly DrillEvent[], reopened: EventBody): void {
  const { seq, at } = events.at(-1) ?? { seq: 0, at: 0 };
  try {
    kernel.decide(fold(kernel, events), { ...reopened, seq: seq + 1, at });
  } catch (cause) {
    throw new RuntimeError('event-refused', `the run is not taken up again: ${toErrorData(cause).message}`, { cause });
  }
}

/** A journal that cannot be read is given back: nobody else could take it for as long as this process lives. */
async function recordOf(options: DrillOptions): Promise<readonly DrillEvent[]> {
  try {
    return await options.journal.events();
  } catch (error) {
    await release(options, null);
    throw error;
  }
}

/** How the run ended; null while it has not, or was taken up again since. */
function endOf(events: readonly DrillEvent[]): Outcome | null {
  const last = events.findLast(({ type }) => type === 'run.closed' || type === 'run.reopened');
  return last?.type === 'run.closed' ? last.outcome : null;
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
