import type { InventoryItem } from '../../model/events.ts';
import { createdBySteps } from '../../plan/created.ts';
import { heldToBaseline } from '../../plan/held.ts';
import { contextOf, type Run } from '../run.ts';
import { bounded } from '../wait.ts';
import { toJson } from './step-work.ts';

/** What stands now of the drill's scope, of what it writes to in it, of what it creates, and beside them. Throws what the inventory throws, or RuntimeError. */
export async function readInventory(run: Run, signal: AbortSignal): Promise<readonly InventoryItem[]> {
  const limits = { ms: run.limits.preflightMs, signal, what: 'reading the inventory' };
  const items = await bounded(limits, (own) =>
    run.inventory.read(
      [...new Set([...heldToBaseline(run.plan), ...createdBySteps(run.plan)])],
      contextOf(run, 'inventory', { kind: 'inventory', signal: own }),
    ),
  );
  return toJson(items) as unknown as readonly InventoryItem[];
}
