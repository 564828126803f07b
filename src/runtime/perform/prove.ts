// Restoration is proved by looking, not by having been done: a fresh inventory against the baseline's.
import type { EventOf } from '../../model/events.ts';
import type { Run } from '../run.ts';
import { pause } from '../wait.ts';
import { type Comparison, compareInventory } from './compare-inventory.ts';
import { readInventory } from './read-inventory.ts';
import { errorDataOf } from './step-work.ts';

export async function prove(run: Run): Promise<void> {
  const giveUpAt = run.clock.now() + run.limits.proveSettleMs;
  let found = await compare(run);
  while (!isProved(found) && run.clock.now() < giveUpAt && (await pause(run.limits.provePollMs, run.over)))
    found = await compare(run);
  if (!run.over.aborted) await run.submit(toEvent(found));
}

async function compare(run: Run): Promise<Comparison> {
  const baseline = run.recall.baseline();
  // A run that ended before its baseline was recorded has disrupted nothing.
  if (baseline.length === 0) return { differences: [], leftOvers: [] };
  try {
    return compareInventory(baseline, await readInventory(run, run.over), run.plan.scope);
  } catch (error) {
    return { differences: [`the inventory could not be read: ${errorDataOf(error).message}`], leftOvers: [] };
  }
}

const isProved = ({ differences, leftOvers }: Comparison) => differences.length === 0 && leftOvers.length === 0;

const toEvent = (found: Comparison): EventOf<'restoration.proved'> => ({
  type: 'restoration.proved',
  proved: isProved(found),
  differences: [...found.differences],
  leftOvers: [...found.leftOvers],
});
