// The replication itself: recovery points of every protected machine, taken over to its target region for as long as its source lives.
import { setTimeout as sleep } from 'node:timers/promises';
import { toErrorData } from '../../../model/errors.ts';
import type { Cloud } from '../cloud.ts';
import type { Consistency } from '../machine-plane.ts';
import { removeMachine } from './site-machines.ts';
import type { ProtectedItem, RecoveryPoint } from './site-records.ts';

export interface Replicator {
  /** Resolves when every machine has its first point. Rejects when one cannot be taken. */
  readonly ready: Promise<void>;
  /** Resolves when the control plane closes and nothing is copied any more. */
  readonly closed: Promise<void>;
}

/** `onTrouble` gets what an operator should read: when points of a machine stop coming, and when they come again. */
export function startReplicator(cloud: Cloud, onTrouble: (message: string) => void): Replicator {
  const items = cloud.siteRecovery.records.items();
  const first = items.map((item) => copyNow(cloud, item, 'application'));
  const ready = Promise.all(first).then(() => {});
  // Whoever starts the control plane waits for it; without a look here a failure would count as unheard of.
  ready.catch(() => {});
  const closed = Promise.all(
    items.map(async (item, nth) => {
      await first[nth]?.catch(() => {});
      await repeat(cloud, item, onTrouble);
    }),
  ).then(() => {});
  return { ready, closed };
}

async function repeat(cloud: Cloud, item: ProtectedItem, onTrouble: (message: string) => void): Promise<void> {
  let broken = false;
  for (let due = Date.now() + item.everyMs; ; due = Math.max(due + item.everyMs, Date.now())) {
    const going = await sleep(Math.max(0, due - Date.now()), true, { signal: cloud.signal }).catch(() => false);
    if (!going) return;
    if (item.phase === 'failed-over' || item.phase === 'committed') continue;
    const error = await copyNow(cloud, item, dueConsistency(item)).then(() => undefined, toErrorData);
    if (cloud.signal.aborted) return;
    if ((error !== undefined) !== broken)
      onTrouble(`${item.name}: ${error === undefined ? 'replicates again' : `does not replicate: ${error.message}`}`);
    broken = error !== undefined;
  }
}

function dueConsistency({ points, applicationEveryMs }: ProtectedItem): Consistency {
  const newest = points.findLast(({ consistency }) => consistency === 'application');
  return newest === undefined || Date.now() - newest.takenAt >= applicationEveryMs ? 'application' : 'crash';
}

/** Takes a point over now. Throws what the data plane throws; then there is no new point. */
export async function copyNow(cloud: Cloud, item: ProtectedItem, consistency: Consistency): Promise<RecoveryPoint> {
  const { from, to } = item;
  const taken = await cloud.plane.replicas.take(from.machine, to.region, consistency, cloud.signal);
  const point = { ...taken, consistency };
  // The direction changed while it was on its way: it is a point of nothing any more.
  if (item.from !== from) await cloud.plane.replicas.remove(point.id);
  else await keep(cloud, item, point);
  return point;
}

async function keep(cloud: Cloud, item: ProtectedItem, point: RecoveryPoint): Promise<void> {
  const { plane, siteRecovery } = cloud;
  const points = [...item.points, point];
  const surplus = points
    .slice(0, Math.max(0, points.length - item.keep))
    .filter(({ id }) => !siteRecovery.inUse.has(id));
  item.points = points.filter((kept) => !surplus.includes(kept));
  if (item.phase === 'initial') {
    await clearAway(cloud, item);
    item.phase = 'protected';
  }
  await Promise.all(surplus.map(({ id }) => plane.replicas.remove(id)));
}

/** Once a machine that came home is replicated again, Site Recovery removes the one in the other region, as its documentation says. */
async function clearAway(cloud: Cloud, item: ProtectedItem): Promise<void> {
  const isHome = cloud.world.machines.some(({ name }) => name === item.from.machine);
  if (!isHome || item.to.isLeft !== true) return;
  await removeMachine(cloud, item.to.machine);
  item.to = { ...item.to, isLeft: false };
}
