import type { DataPlane } from '../control/data-plane.ts';
import { DataPlaneError } from './data-plane-error.ts';
import type { EstateDatabases } from './databases.ts';
import { type FaultyRelease, startFaultyRelease } from './faulty-release.ts';

export type Releases = DataPlane['releases'] & { readonly close: () => Promise<void> };

/** Faulty releases that are at work, by the server whose rows they damage. */
export function createReleases(databases: EstateDatabases, now: () => number): Releases {
  const running = new Map<string, FaultyRelease>();
  return {
    start: async (server) => {
      const release = await startFaultyRelease(databases.serverOf(server), now);
      running.set(server, release);
      return release.damage();
    },
    damage: (server) => running.get(server)?.damage(),
    stop: async (server) => {
      const release = running.get(server);
      if (release === undefined)
        throw new DataPlaneError('unknown-server', `expected a faulty release at ${server}, found none`);
      const stopped = await release.stop();
      running.delete(server);
      return stopped;
    },
    close: async () => {
      await Promise.allSettled([...running.values()].map((release) => release.stop()));
    },
  };
}
