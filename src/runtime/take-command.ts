// Turns one command into its event. What cannot be done any more is on record as refused, with the reason: never silently lost.
import type { CommandBody } from '../journal/command.ts';
import { type EventBody, eventSchema } from '../model/events.ts';
import { whyNotNow } from './command-rules.ts';
import { isShortText, namesOf, whyMalformed } from './malformed-command.ts';
import { requestAbort } from './request-abort.ts';
import type { Run } from './run.ts';
import { RuntimeError } from './runtime-error.ts';

type Asked = Exclude<CommandBody, { type: 'abort' }>;

/** Resolves when the command's event, or its refusal, is durable. */
export async function takeCommand(run: Run, given: CommandBody): Promise<void> {
  const command = withReason(given);
  const malformed = whyMalformed(command);
  if (malformed !== undefined) return refuse(run, namesOf(command), malformed);
  if (command.type === 'abort') return requestAbort(run, command.as, command.reason);
  const why = whyNotNow(run.plan, run.view(), command);
  if (why !== undefined) return refuse(run, command, why);
  const event = eventSchema.safeParse(eventOf(run, command));
  if (!event.success)
    return refuse(run, command, `expected a command of this version, found "${command.type}" with other members`);
  const { changed, taken } = await submitted(run, event.data);
  if (!(changed || (taken && FOR_THE_RECORD.has(command.type)))) await refuse(run, command, 'it came too late');
}

/** An abort is never lost for the want of a usable reason. */
function withReason(command: CommandBody): CommandBody {
  const isUsable = command?.type !== 'abort' || (isShortText(command.reason) && command.reason.trim() !== '');
  return isUsable ? command : { ...command, reason: 'no reason given' };
}

/** What the machine does not heed: the evaluation does. */
const FOR_THE_RECORD: ReadonlySet<CommandBody['type']> = new Set<CommandBody['type']>(['accept', 'attest']);

/** The event that a command stands for. Identities are typed, so they are recorded as not verified. */
function eventOf(run: Run, command: Asked): EventBody {
  const { as } = command;
  switch (command.type) {
    case 'approve': {
      const { role, decision, note, planDigest } = command;
      const decided = { type: 'approval.decided', decision, as, role, verified: false, automatic: false } as const;
      return { ...decided, planDigest, ...(note === undefined ? {} : { note }) };
    }
    case 'accept': {
      const { resource, reason, covers } = command;
      return { type: 'resource.accepted', resource, as, reason, ...(covers === undefined ? {} : { covers }) };
    }
    case 'attest': {
      const { role, verdict, note } = command;
      return { type: 'attestation.given', as, role, verdict, note };
    }
    case 'declare': {
      const { role, reason } = command;
      return { type: 'declaration.made', as, automatic: false, reason, ...(role === undefined ? {} : { role }) };
    }
    case 'pause':
      return { type: 'run.paused', as, reason: command.reason };
    case 'resume':
      return { type: 'run.continued', as };
    case 'skip':
    case 'retry': {
      const { step, reason } = command;
      const type = command.type === 'skip' ? 'step.skipped' : 'step.retried';
      return { type, step, attempt: run.view().attempt(step), as, reason };
    }
    case 'answer': {
      const { step, item, result, note, role } = command;
      return { type: 'page.answered', step, attempt: run.view().attempt(step), item, result, note, as, role };
    }
  }
}

async function refuse(
  run: Run,
  { type, as }: { readonly type: string; readonly as: string },
  why: string,
): Promise<void> {
  warnOfRefusal(run, { command: type, as, why });
  await submitted(run, { type: 'command.refused', command: type, as, why });
}

export const warnOfRefusal = (
  { log }: Pick<Run, 'log'>,
  facts: { readonly command: string; readonly as: string; readonly why: string },
): void => log.warn(`${facts.command} was not done: ${facts.why}`, { as: facts.as });

/** What the run does not take any more changes nothing; the log has it. */
async function submitted(run: Run, body: EventBody): Promise<{ readonly changed: boolean; readonly taken: boolean }> {
  try {
    const { changed } = await run.submit(body);
    return { changed, taken: true };
  } catch (error) {
    if (!(error instanceof RuntimeError) || !['event-refused', 'stopped'].includes(error.code)) throw error;
    run.log.warn('the run does not take a command any more', { type: body.type, error: error.message });
    return { changed: false, taken: false };
  }
}
