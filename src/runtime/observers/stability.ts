import type { PlannedProbe } from '../../plan/plan.ts';
import type { Run } from '../run.ts';
import type { ProbeObserver } from './probe.ts';
import type { Streak } from './streak.ts';

/** The probe's streak from `from` on, once it is `ms` long; undefined until then. */
export function stableWindow(probe: Pick<ProbeObserver, 'streak'>, from: number, ms: number): Streak | undefined {
  const streak = probe.streak();
  if (streak === undefined) return undefined;
  const since = Math.max(streak.since, from);
  return streak.until - since >= ms ? { since, until: streak.until } : undefined;
}

/** Journals `probe.stable` for each probe, once it was healthy for its window since recovery ended. Ends with the phase. */
export async function awaitStability(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const recoveredAt = run.recall.since('verification') ?? run.clock.now();
  const open = run.plan.probes.filter(({ id }) => !run.recall.stable.has(id));
  await Promise.all(open.map((probe) => untilStable(run, probe, { from: recoveredAt, signal })));
}

async function untilStable(
  run: Run,
  { id, stableForMs }: PlannedProbe,
  { from, signal }: { from: number; signal: AbortSignal },
): Promise<void> {
  const observer = run.observers.probes.get(id);
  if (observer === undefined) return;
  const window = await run.observers.until(signal, () => stableWindow(observer, from, stableForMs));
  if (window === undefined) return;
  // The readings that bear the window out are on record before the claim.
  await observer.flush();
  if (!signal.aborted) await run.submit({ type: 'probe.stable', probe: id, ...window });
}
