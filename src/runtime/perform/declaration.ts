// The decision to recover comes after the disruption was seen, from a person or, where the plan says so, at once.
import type { EventOf } from '../../model/events.ts';
import { whyNoDeclaration } from '../../plan/people-rules.ts';
import type { Run } from '../run.ts';
import { aborted } from '../wait.ts';
import { errorDataOf } from './step-work.ts';

/** More answers than this without a declaration mean that something answers for people in a circle. */
const ANSWERS_MAX = 100;

export async function awaitDeclaration(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const seen = run.recall.seen();
  const reason = seen ?? (await detection(run, signal));
  if (reason === undefined) return;
  // The reading that shows the disruption is on record before the declaration that follows from it.
  await run.observers.flush();
  if (signal.aborted) return;
  if (run.plan.declaration.automatic || run.recall.opened()?.unattended === true) {
    await run.submit({ type: 'declaration.made', as: 'drillmaster', automatic: true, reason });
    return;
  }
  if (seen === undefined) await run.submit({ type: 'disruption.seen', reason });
  await askPeople(run, reason, signal);
}

/** Why the disruption counts as seen. Undefined: the phase ended first. */
async function detection(run: Run, signal: AbortSignal): Promise<string | undefined> {
  if (run.plan.probes.length === 0) return 'the drill has no probes: its disruption counts as seen';
  const disruptedAt = run.recall.disruptedAt() ?? run.clock.now();
  return run.observers.until(signal, () => {
    for (const [id, probe] of run.observers.probes) {
      const failed = probe.unhealthyAfter(disruptedAt);
      if (failed !== undefined) return `probe ${id} failed: ${failed.detail ?? 'not healthy'}`;
    }
    return undefined;
  });
}

/** Where nobody can be asked, the inbox brings the answer, or the machine's timer says what its absence means. */
async function askPeople(run: Run, reason: string, signal: AbortSignal): Promise<void> {
  for (let answers = 0; answers < ANSWERS_MAX && !signal.aborted; answers++) {
    const answer = await ask(run, reason, signal);
    if (answer === undefined) return;
    const why = whyNoDeclaration(run.plan, run.view().seen, answer);
    if (why !== undefined) run.log.warn(`the declaration does not count: ${why}`, { as: answer.as });
    else if (!signal.aborted) {
      await run.submit(answer);
      return;
    }
  }
}

async function ask(run: Run, reason: string, signal: AbortSignal): Promise<EventOf<'declaration.made'> | undefined> {
  try {
    return await Promise.race([run.declare?.(reason, signal), aborted(signal).then(() => undefined)]);
  } catch (error) {
    if (!signal.aborted) run.log.error('nobody could be asked for the declaration', errorDataOf(error));
    return undefined;
  }
}
