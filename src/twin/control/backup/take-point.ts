// Takes recovery points of protected items, and keeps no more of them than the world says.
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ItemRecord, PointRecord } from './vault-records.ts';

/** Copies the machine's disk now. Throws what the data plane throws; then there is no copy. */
export async function copyPoint(
  { plane, signal }: Cloud,
  item: ItemRecord,
  consistency: PointRecord['consistency'],
): Promise<PointRecord> {
  await ownSecond(item, signal);
  try {
    if (!plane.regions.isUp(item.region))
      throw new Refusal(503, 'CloudInternalError', `The region ${item.region} is not available.`);
    return { ...(await plane.recoveryPoints.take(item.machine, consistency)), consistency };
  } catch (error) {
    item.last = { status: 'Failed', at: Date.now() };
    throw error;
  }
}

/** A restore job tells the time of its point in whole seconds: no two points of a machine share one. */
async function ownSecond(item: ItemRecord, signal: AbortSignal): Promise<void> {
  item.second = Math.max(Math.floor(Date.now() / 1000), item.second + 1);
  const waitMs = item.second * 1000 - Date.now();
  if (waitMs > 0) await sleep(waitMs, undefined, { signal });
}

/** Lists a copy as a recovery point and removes what is more than the item keeps. A point that is being restored stays. */
export async function keepPoint({ plane, vaults }: Cloud, item: ItemRecord, point: PointRecord): Promise<void> {
  const points = [...item.points, point].toSorted((a, b) => a.takenAt - b.takenAt);
  const surplus = points
    .slice(0, Math.max(0, points.length - item.keep))
    .filter(({ id }) => ![...vaults.inUse].some((used) => used.id === id));
  item.points = points.filter((kept) => !surplus.includes(kept));
  item.last = { status: 'Completed', at: Date.now() };
  await Promise.all(surplus.map(({ id }) => plane.recoveryPoints.remove(id)));
}
