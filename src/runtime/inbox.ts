// Commands of other processes are durable in the journal's inbox; this turns them into events.
import type { RunJournal } from '../journal/journal.ts';
import type { Logger } from './logger.ts';
import { namesOf, whyMalformed } from './malformed-command.ts';
import { warnOfLateAbort } from './request-abort.ts';
import type { Run } from './run.ts';
import { takeCommand, warnOfRefusal } from './take-command.ts';

/** Of each run, what looks into the inbox now. */
const looking = new WeakMap<Run, Promise<void>>();

/** Turns every command that stands in the inbox into an event; resolves when those are durable. Who comes meanwhile waits: nothing is taken twice. */
export function takeCommands(run: Run): Promise<void> {
  const before = looking.get(run) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => takeAll(run));
  looking.set(run, mine);
  return mine;
}

async function takeAll(run: Run): Promise<void> {
  for (const { id, command } of await run.journal.commands()) {
    await takeCommand(run, command);
    // Marked afterwards: a crash in between repeats the command, which changes nothing, and never loses it.
    await run.journal.taken(id);
  }
}

/** Looks into the inbox until the returned function is called. */
export function watchInbox(run: Run): () => void {
  let busy = false;
  const look = async () => {
    try {
      await takeCommands(run);
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

/** Says which commands of a closed run nobody will read any more: whoever gave one must be able to find out. */
export async function warnOfLateCommands(journal: Pick<RunJournal, 'commands'>, log: Logger): Promise<void> {
  for (const { command } of await journal.commands()) {
    const malformed = whyMalformed(command);
    const { type, as } = namesOf(command);
    if (malformed !== undefined) warnOfRefusal({ log }, { command: type, as, why: malformed });
    else if (command.type === 'abort') warnOfLateAbort(log, { ...command, phase: 'closed' });
    else warnOfRefusal({ log }, { command: command.type, as: command.as, why: 'the run is closed' });
  }
}
