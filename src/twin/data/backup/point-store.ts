// Copies of machines' disks, as vaults keep them: a folder for each recovery point.
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecoveryPoints } from '../../control/data-plane.ts';
import type { Machines } from '../../control/machine-plane.ts';

const FOLDER = 'recovery-points';

/** Keeps its copies below `folder`, which is made when the first one is taken. */
export function createPointStore(folder: string, machines: Pick<Machines, 'snapshot'>): RecoveryPoints {
  const place = join(folder, FOLDER);
  let taken = 0;
  return {
    take: async (machine, consistency) => {
      taken += 1;
      // Long digits, as the service names its points; the count keeps two points of one millisecond apart.
      const id = `${Date.now()}${String(taken % 100).padStart(2, '0')}`;
      mkdirSync(place, { recursive: true });
      try {
        const { takenAt } = await machines.snapshot(machine, join(place, id), consistency);
        return { id, takenAt };
      } catch (error) {
        await rm(join(place, id), { recursive: true, force: true });
        throw error;
      }
    },
    folder: (id) => join(place, id),
    remove: (id) => rm(join(place, id), { recursive: true, force: true }),
  };
}
