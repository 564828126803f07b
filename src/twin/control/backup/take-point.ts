// Takes recovery points of protected items, and keeps no more of them than the world says.
import type { Cloud } from '../cloud.ts';
import type { ItemRecord, PointRecord } from './vault-records.ts';

/** Copies the machine's disk now. Throws what the data plane throws; then there is no copy. */
export async function copyPoint(
  { plane }: Cloud,
  item: ItemRecord,
  consistency: PointRecord['consistency'],
): Promise<PointRecord> {
  try {
    return { ...(await plane.recoveryPoints.take(item.machine, consistency)), consistency };
  } catch (error) {
    item.last = { status: 'Failed', at: Date.now() };
    throw error;
  }
}

/** Lists a copy as a recovery point and removes what is more than the item keeps. A point that is being restored stays. */
export async function keepPoint({ plane, vaults }: Cloud, item: ItemRecord, point: PointRecord): Promise<void> {
  const points = [...item.points, point].toSorted((a, b) => a.takenAt - b.takenAt);
  const surplus = points.slice(0, Math.max(0, points.length - item.keep)).filter(({ id }) => !vaults.inUse.has(id));
  item.points = points.filter((kept) => !surplus.includes(kept));
  item.last = { status: 'Completed', at: Date.now() };
  await Promise.all(surplus.map(({ id }) => plane.recoveryPoints.remove(id)));
}
