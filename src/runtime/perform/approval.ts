import type { EventOf } from '../../model/events.ts';
import { whyNoDecision } from '../../plan/people-rules.ts';
import { requestAbort } from '../request-abort.ts';
import type { Run } from '../run.ts';
import { RuntimeError } from '../runtime-error.ts';
import { aborted } from '../wait.ts';
import { errorDataOf } from './step-work.ts';

/** More answers than this without a decision mean that something answers for people in a circle. */
const ANSWERS_MAX = 100;

/** Asks for permission until the machine has enough of it, or is told no. Where nobody can be asked, the inbox brings the answers. */
export async function askApproval(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const { approve } = run;
  if (approve === undefined) return;
  for (let answers = 0; answers < ANSWERS_MAX && !signal.aborted; answers++) {
    const answer = await ask(run, approve, signal);
    if (answer === undefined) return;
    const why = answer.automatic ? undefined : whyNoDecision({ plan: run.plan, ...run.view() }, answer);
    if (why === undefined) await run.submit(answer);
    else run.log.warn(`the answer does not count: ${why}`, { as: answer.as });
  }
  if (!signal.aborted)
    await requestAbort(run, 'drillmaster', `no decision after ${ANSWERS_MAX} answers to the question for approval`);
}

/** Undefined: the phase is over, or nobody can be asked, which ends the run. */
async function ask(
  run: Run,
  approve: NonNullable<Run['approve']>,
  signal: AbortSignal,
): Promise<EventOf<'approval.decided'> | undefined> {
  try {
    return await Promise.race([approve(signal), aborted(signal).then(() => undefined)]);
  } catch (error) {
    if (signal.aborted || run.signal.aborted) return undefined;
    const { code, message } = errorDataOf(
      error instanceof Error ? error : new RuntimeError('cancelled', String(error)),
    );
    await requestAbort(run, 'drillmaster', `nobody could be asked for approval: ${message} (${code})`);
    return undefined;
  }
}
