// Restoration is proved by looking, not by having been done: services that are well again, and a fresh inventory against the baseline's.
import { type Comparison, compareWithBaseline, needsProof } from '../../model/compare-inventory.ts';
import type { EventOf, InventoryItem } from '../../model/events.ts';
import { lastLook, unwell } from '../../model/unwell.ts';
import { createdBySteps } from '../../plan/created.ts';
import { heldToBaseline } from '../../plan/held.ts';
import { stableWindow } from '../observers/stability.ts';
import type { Run } from '../run.ts';
import { pause } from '../wait.ts';
import { readInventory } from './read-inventory.ts';
import { errorDataOf } from './step-work.ts';

export async function prove(run: Run): Promise<void> {
  const from = run.recall.cleanedAt() ?? run.clock.now();
  await untilWell(run, from);
  // Only then the inventory: it is read once as a rule, and not all the while services are watched.
  const giveUpAt = run.clock.now() + run.limits.proveSettleMs;
  let found = await look(run, from);
  while (!isProved(found) && run.clock.now() < giveUpAt && (await pause(run.limits.provePollMs, run.over)))
    found = await look(run, from);
  if (run.over.aborted) return;
  // The readings that bear the claim out are on record before it.
  await run.observers.flush();
  await run.submit(toEvent(found));
}

/** Waits as long as recovery gives a service to be stable, and on top the time that watching takes when nothing is wrong. */
async function untilWell(run: Run, from: number): Promise<void> {
  const { plan, clock, observers, over } = run;
  const slowestMs = Math.max(0, ...plan.probes.map(({ everyMs, timeoutMs }) => everyMs + timeoutMs));
  const giveUpAt = clock.now() + plan.stabilityTimeoutMs + plan.baselineMs + slowestMs;
  await observers.until(over, () =>
    clock.now() >= giveUpAt || unwellProbes(run, from).length === 0 ? true : undefined,
  );
}

/** What was well for the baseline's window before the disruption must be so again after the last act of restoration. */
function unwellProbes({ plan, observers, recall }: Run, from: number): readonly string[] {
  if (!recall.baseline()?.held) return [];
  return plan.probes.flatMap(({ id }) => {
    const probe = observers.probes.get(id);
    if (probe !== undefined && stableWindow(probe, from, plan.baselineMs) !== undefined) return [];
    return [unwell(id, plan.baselineMs, ' after restoration', lastLook(probe?.latest()))];
  });
}

type Told = Pick<Comparison, 'differences' | 'leftOvers'>;

interface Found extends Told {
  /** Undefined when it could not be read. */
  readonly inventory?: readonly InventoryItem[];
}

async function look(run: Run, from: number): Promise<Found> {
  const found = await lookAround(run);
  return { ...found, differences: [...found.differences, ...unwellProbes(run, from)] };
}

async function lookAround(run: Run): Promise<Found> {
  const baseline = run.recall.baseline();
  if (!needsProof(baseline)) return { differences: [], leftOvers: [] };
  try {
    const inventory = await readInventory(run, run.over);
    return {
      inventory,
      ...compareWithBaseline(baseline, inventory, heldToBaseline(run.plan), createdBySteps(run.plan)),
    };
  } catch (error) {
    return { differences: [`the inventory could not be read: ${errorDataOf(error).message}`], leftOvers: [] };
  }
}

const isProved = ({ differences, leftOvers }: Told) => differences.length === 0 && leftOvers.length === 0;

const toEvent = (found: Found): EventOf<'restoration.proved'> => ({
  type: 'restoration.proved',
  proved: isProved(found),
  differences: [...found.differences],
  leftOvers: [...found.leftOvers],
  ...(found.inventory && { inventory: [...found.inventory] }),
});
