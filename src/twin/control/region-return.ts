// What the service does when a lost region comes back: servers that lost their role are copied anew, and stream.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataPlane } from './data-plane.ts';
import type { ServerRecord, ServerRecords } from './server-records.ts';

/** Brings a region back; resolves when it is up. Copies go on behind; their servers are in state Updating meanwhile. */
export type RegionReturn = (region: string) => Promise<void>;

interface Parts {
  readonly servers: ServerRecords;
  readonly plane: DataPlane;
  readonly signal: AbortSignal;
  readonly onTrouble: (message: string) => void;
}

const ATTEMPTS_MAX = 5;
const WAIT_MS = 2000;

export const makeRegionReturn =
  (parts: Parts): RegionReturn =>
  async (region) => {
    const stale = parts.servers.list().filter((server) => server.region === region && server.stale);
    // Set before the region is up, so that nobody ever sees an old copy in state Ready.
    for (const server of stale) server.transition = 'Updating';
    await parts.plane.regions.endOutage(
      region,
      stale.map(({ name }) => name),
    );
    for (const server of stale) void reseed(server, parts);
  };

async function reseed(server: ServerRecord, { plane, signal, onTrouble }: Parts): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX && !signal.aborted; attempt++) {
    try {
      if (server.source !== undefined) await plane.databases.stream(server, server.source);
      server.stale = false;
      break;
    } catch (error) {
      onTrouble(`${server.name} could not be copied anew (attempt ${attempt} of ${ATTEMPTS_MAX}): ${String(error)}`);
      await sleep(WAIT_MS, undefined, { signal }).catch(() => {});
    }
  }
  server.transition = undefined;
}
