// Before anything is disrupted: is the service well, for long enough, and do the canaries write?
import type { EventOf } from '../../model/events.ts';
import { lastLook, unwell } from '../../model/unwell.ts';
import { stableWindow } from '../observers/stability.ts';
import type { Run } from '../run.ts';
import { heldScope } from './held-scope.ts';
import { readInventory } from './read-inventory.ts';
import { errorDataOf } from './step-work.ts';

/** A baseline that is not held within four times its length will not be held. */
const GIVE_UP_FACTOR = 4;

export async function holdBaseline(run: Run): Promise<void> {
  const signal = run.phaseSignal();
  const { baselineMs } = run.plan;
  const startedAt = run.clock.now();
  const giveUpMs = Math.max(run.limits.baselineGiveUpMs, GIVE_UP_FACTOR * baselineMs);
  const look = () => {
    const found = findingsOf(run, startedAt);
    const elapsedMs = run.clock.now() - startedAt;
    // In a pause it is held for as long as the pause lasts: what is disrupted afterwards was well until then.
    const isHeld = elapsedMs >= baselineMs && !run.view().paused;
    const isOver = found.length === 0 ? isHeld : elapsedMs >= giveUpMs;
    return isOver ? found : undefined;
  };
  for (;;) {
    const findings = await run.observers.until(signal, look);
    if (findings === undefined) return;
    await run.observers.flush();
    const finished = await withInventory(run, findings, signal);
    if (signal.aborted) return;
    // Reading takes its time: a service that failed meanwhile, or a pause, has the baseline held anew.
    if (finished.held && look()?.length !== 0) continue;
    await run.submit(finished);
    return;
  }
}

async function withInventory(
  run: Run,
  findings: readonly string[],
  signal: AbortSignal,
): Promise<EventOf<'baseline.finished'>> {
  const finished = (more: readonly string[], inventory: EventOf<'baseline.finished'>['inventory']) => {
    const all = [...findings, ...more];
    return { type: 'baseline.finished', held: all.length === 0, findings: all, inventory } as const;
  };
  try {
    const inventory = await readInventory(run, signal);
    const held = await heldScope(run, 1);
    // What another run does to these resources is not this one's to prove.
    if (held.length > 0) return finished(held, []);
    return finished(emptiness(run, inventory.length), [...inventory]);
  } catch (error) {
    return finished([`the inventory could not be read: ${errorDataOf(error).message}`], []);
  }
}

/** Restoration could not be proved against nothing, so nothing is disrupted either. */
function emptiness({ plan: { scope } }: Run, items: number): readonly string[] {
  if (items > 0 || scope.length === 0) return [];
  const wanted = scope.length === 1 ? 'the resource' : `the ${scope.length} resources`;
  return [`the inventory is empty: expected ${wanted} of the scope, found none`];
}

function findingsOf({ plan, observers }: Run, startedAt: number): readonly string[] {
  const failing = plan.probes.flatMap(({ id }) => {
    const probe = observers.probes.get(id);
    if (probe !== undefined && stableWindow(probe, startedAt, plan.baselineMs) !== undefined) return [];
    return [unwell(id, plan.baselineMs, '', lastLook(probe?.latest()))];
  });
  const mute = plan.canaries.flatMap(({ id }) => {
    const canary = observers.canaries.get(id);
    if (canary !== undefined && canary.acknowledged() > 0) return [];
    return [
      `canary ${id}: expected acknowledged writes, found none${canary?.trouble() === undefined ? '' : ` (${canary.trouble()})`}`,
    ];
  });
  return [...failing, ...mute];
}
