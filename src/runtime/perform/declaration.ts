// The decision to recover comes after the disruption was seen, from a person or, where the plan says so, at once.
import type { EventOf } from '../../model/events.ts';
import type { Run } from '../run.ts';
import { aborted } from '../wait.ts';
import { errorDataOf } from './step-work.ts';

export async function awaitDeclaration(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const reason = await detection(run, signal);
  if (reason === undefined) return;
  // The reading that shows the disruption is on record before the declaration that follows from it.
  await run.observers.flush();
  const declaration = await decide(run, reason, signal);
  if (declaration !== undefined && !signal.aborted) await run.submit(declaration);
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

async function decide(run: Run, reason: string, signal: AbortSignal): Promise<EventOf<'declaration.made'> | undefined> {
  const { plan, declare, recall, log } = run;
  if (plan.declaration.automatic || recall.opened()?.unattended === true)
    return { type: 'declaration.made', as: 'drillmaster', automatic: true, reason };
  try {
    return await Promise.race([declare?.(), aborted(signal).then(() => undefined)]);
  } catch (error) {
    // Nobody declares: the machine's detection timer says what that means.
    log.error('nobody could be asked for the declaration', errorDataOf(error));
    return undefined;
  }
}
