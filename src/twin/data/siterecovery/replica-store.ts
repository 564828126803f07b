// Copies of machines' disks in another region: a folder for each recovery point, paid for with the time that the link needs.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkSettings, Replicas } from '../../control/data-plane.ts';
import type { Machines } from '../../control/machine-plane.ts';
import { DataPlaneError } from '../data-plane-error.ts';

const FOLDER = 'replicas';
const BITS_A_BYTE = 8;

interface Parts {
  readonly folder: string;
  readonly machines: Pick<Machines, 'find' | 'snapshot'>;
  readonly links: { readonly list: () => readonly LinkSettings[] };
  readonly isUp: (region: string) => boolean;
}

/** Keeps its copies below the folder, which is made when the first one is taken. */
export function createReplicaStore({ folder, machines, links, isUp }: Parts): Replicas {
  const place = join(folder, FOLDER);
  const send = async (from: string, to: string, bytes: number, signal: AbortSignal) => {
    const settings = reachable(from, to, { links, isUp });
    // The bytes do not cross the link's sockets; they take as long as if they did.
    const ms = settings.latencyMs + (bytes * BITS_A_BYTE) / (settings.bandwidthKbps ?? Number.POSITIVE_INFINITY);
    await sleep(ms, undefined, { signal });
    reachable(from, to, { links, isUp });
  };
  return {
    take: async (machine, to, consistency, signal) => {
      const id = randomUUID();
      const from = machines.find(machine)?.region;
      if (from === undefined) throw new DataPlaneError('unknown-machine', `expected a machine, found none: ${machine}`);
      reachable(from, to, { links, isUp });
      const sent = join(place, `${id}.sent`);
      mkdirSync(place, { recursive: true });
      try {
        const { takenAt } = await machines.snapshot(machine, sent, consistency);
        await send(from, to, await bytesOf(sent), signal);
        await rename(sent, join(place, id));
        return { id, takenAt };
      } catch (error) {
        await rm(sent, { recursive: true, force: true });
        throw error;
      }
    },
    folder: (id) => join(place, id),
    remove: (id) => rm(join(place, id), { recursive: true, force: true }),
  };
}

/** Throws when nothing can be sent from one region to the other. */
function reachable(from: string, to: string, { links, isUp }: Pick<Parts, 'links' | 'isUp'>): LinkSettings {
  const link = links.list().find(({ between }) => between.includes(from) && between.includes(to));
  if (link !== undefined && !link.cut && isUp(from) && isUp(to)) return link;
  throw new DataPlaneError('unreachable', `expected a way from ${from} to ${to}, found none`);
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
