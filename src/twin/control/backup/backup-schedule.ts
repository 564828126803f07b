// Recovery points that nobody asks for: one when the world comes up, and one at every interval.
import { setTimeout as sleep } from 'node:timers/promises';
import { toErrorData } from '../../../model/errors.ts';
import type { Cloud } from '../cloud.ts';
import { copyPoint, keepPoint } from './take-point.ts';
import type { ItemRecord } from './vault-records.ts';

export interface BackupSchedule {
  /** Resolves when every item has its first point. Rejects when one cannot be taken. */
  readonly ready: Promise<void>;
  /** Resolves when the control plane closes and nothing is being copied any more. */
  readonly closed: Promise<void>;
}

/** `onTrouble` gets what an operator should read: a point that could not be taken is a gap. */
export function startBackupSchedule(cloud: Cloud, onTrouble: (message: string) => void): BackupSchedule {
  const items = cloud.vaults.records.list().flatMap((vault) => vault.items);
  const first = items.map((item) => takePoint(cloud, item));
  const ready = Promise.all(first).then(() => {});
  const closed = Promise.allSettled(
    items.map(async (item, nth) => {
      await first[nth];
      await repeat(cloud, item, onTrouble);
    }),
  ).then(() => {});
  // Whoever starts the control plane waits for it; without a look here a failure would count as unheard of.
  ready.catch(() => {});
  return { ready, closed };
}

async function repeat(cloud: Cloud, item: ItemRecord, onTrouble: (message: string) => void): Promise<void> {
  for (let due = Date.now() + item.everyMs; ; due += item.everyMs) {
    try {
      await sleep(Math.max(0, due - Date.now()), undefined, { signal: cloud.signal });
    } catch {
      return;
    }
    await takePoint(cloud, item).catch((error: unknown) => {
      if (cloud.signal.aborted) return;
      onTrouble(`no recovery point of ${item.machine} was taken: ${toErrorData(error).message}`);
    });
  }
}

async function takePoint(cloud: Cloud, item: ItemRecord): Promise<void> {
  await keepPoint(cloud, item, await copyPoint(cloud, item, item.consistency));
}
