// Managed disks: a folder each. A machine's data lie on its disk and nowhere else, so a copy of the disk is a copy of the machine's data.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskPlace, Disks } from '../../control/machine-plane.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import { copyFolder } from '../postgres/host.ts';

/** `folder`: of the world; disks lie in `disks` below it. */
export function createDisks(folder: string): Disks {
  const places = new Map<string, DiskPlace>();
  const pathOf = (name: string) => join(folder, 'disks', name);
  return {
    create: async (place, from) => {
      if (places.has(place.name))
        throw new DataPlaneError('name-taken', `expected a disk of a new name, found ${place.name} again`);
      places.set(place.name, place);
      try {
        await mkdir(join(folder, 'disks'), { recursive: true, mode: 0o700 });
        await (from === undefined ? mkdir(pathOf(place.name), { mode: 0o700 }) : copyFolder(from, pathOf(place.name)));
      } catch (error) {
        places.delete(place.name);
        await rm(pathOf(place.name), { recursive: true, force: true });
        throw error;
      }
    },
    find: (name) => places.get(name),
    names: () => [...places.keys()],
    remove: async (name) => {
      await rm(pathOf(name), { recursive: true, force: true });
      places.delete(name);
    },
    folder: (name) => {
      if (!places.has(name)) throw new DataPlaneError('unknown-disk', `expected a disk of this world, found ${name}`);
      return pathOf(name);
    },
  };
}
