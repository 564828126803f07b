// Restoration is proved by looking, not by having been done: a fresh inventory against the baseline's.
import { type Comparison, compareWithBaseline, needsProof } from '../../model/compare-inventory.ts';
import type { EventOf, InventoryItem } from '../../model/events.ts';
import type { Run } from '../run.ts';
import { pause } from '../wait.ts';
import { readInventory } from './read-inventory.ts';
import { errorDataOf } from './step-work.ts';

export async function prove(run: Run): Promise<void> {
  const giveUpAt = run.clock.now() + run.limits.proveSettleMs;
  let found = await look(run);
  while (!isProved(found) && run.clock.now() < giveUpAt && (await pause(run.limits.provePollMs, run.over)))
    found = await look(run);
  if (!run.over.aborted) await run.submit(toEvent(found));
}

interface Found extends Comparison {
  /** Undefined when it could not be read. */
  readonly inventory?: readonly InventoryItem[];
}

async function look(run: Run): Promise<Found> {
  const baseline = run.recall.baseline();
  if (!needsProof(baseline)) return { differences: [], leftOvers: [] };
  try {
    const inventory = await readInventory(run, run.over);
    return { inventory, ...compareWithBaseline(baseline, inventory, run.plan.scope) };
  } catch (error) {
    return { differences: [`the inventory could not be read: ${errorDataOf(error).message}`], leftOvers: [] };
  }
}

const isProved = ({ differences, leftOvers }: Comparison) => differences.length === 0 && leftOvers.length === 0;

const toEvent = (found: Found): EventOf<'restoration.proved'> => ({
  type: 'restoration.proved',
  proved: isProved(found),
  differences: [...found.differences],
  leftOvers: [...found.leftOvers],
  ...(found.inventory && { inventory: [...found.inventory] }),
});
