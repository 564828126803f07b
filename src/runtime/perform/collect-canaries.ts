import type { PlannedCanary } from '../../plan/plan.ts';
import { canaryOf, contextOf, type Run } from '../run.ts';
import { repeated } from '../wait.ts';
import { toRanges } from './ranges.ts';
import { errorDataOf } from './step-work.ts';

/** Ends the writing, then reads back what survived. Canaries of which the journal knows it already are left alone. */
export async function collectCanaries(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const open = run.plan.canaries.filter(({ id }) => !run.recall.collected.has(id));
  await run.observers.closeCanaries();
  await Promise.all(open.map((canary) => collect(run, canary, signal)));
}

async function collect(run: Run, canary: PlannedCanary, signal: AbortSignal): Promise<void> {
  const { canaryReadMs: ms, canaryAttempts: attempts, canaryBackoffMs: backoffMs } = run.limits;
  const limits = { ms, attempts, backoffMs, signal, what: `reading canary ${canary.id} back` };
  const found = await repeated(limits, async (own) => {
    const part = canaryOf(run, canary);
    return toRanges(
      await part.survivors(part.input.parse(canary.with), contextOf(run, canary.id, { kind: 'canary', signal: own })),
    );
  }).then(
    (present) => ({ type: 'canary.survivors', canary: canary.id, present }) as const,
    (error: unknown) => ({ type: 'canary.unreadable', canary: canary.id, error: errorDataOf(error) }) as const,
  );
  // Once the phase is over the canary is removed, and what is read then says nothing about survival.
  if (!signal.aborted) await run.submit(found);
}
