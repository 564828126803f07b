// The PostgreSQL servers of a world, by name: who runs where, who follows whom.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Databases } from '../control/data-plane.ts';
import { DataPlaneError } from './data-plane-error.ts';
import { keptDisks } from './postgres/ground-truth.ts';
import { copyTemplate, own, type PostgresHost } from './postgres/host.ts';
import { backUp, restoreTo } from './postgres/point-in-time.ts';
import {
  baseBackup,
  markStandby,
  promoteServer,
  replayLagMs,
  standbySettings,
  untilStreaming,
} from './postgres/replication.ts';
import { createPostgresServer, type PostgresServer } from './postgres/server.ts';
import type { RegionLinks } from './region-links.ts';

const REACHABLE_MS_MAX = 2000;

interface Place {
  readonly name: string;
  readonly region: string;
  readonly group: string;
}

interface Entry {
  readonly server: PostgresServer;
  readonly place: Place;
  /** The server that it streams from; undefined for a primary. */
  source: string | undefined;
  /** Its processes were killed: the disk shows what it had acknowledged, and is kept. */
  dead: boolean;
}

export interface EstateDatabases extends Databases {
  /** Makes an empty primary and starts it. */
  readonly createPrimary: (place: Place) => Promise<PostgresServer>;
  readonly backUp: (name: string) => Promise<void>;
  readonly portOf: (name: string) => number;
  readonly names: () => readonly string[];
  /** Postmasters of a region that run. */
  readonly pidsIn: (region: string) => readonly number[];
  readonly markDead: (region: string) => readonly Place[];
  /** Starts the servers of a region that were killed, on their own disks, but those named. */
  readonly revive: (region: string, except: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export function createDatabases(host: PostgresHost, links: RegionLinks, now: () => number): EstateDatabases {
  const entries = new Map<string, Entry>();

  function entry(name: string): Entry {
    const found = entries.get(name);
    if (found === undefined)
      throw new DataPlaneError('unknown-server', `expected a server of this world, found ${name}`);
    return found;
  }

  async function createPrimary(place: Place): Promise<PostgresServer> {
    const server = await createPostgresServer(host, place.name);
    copyTemplate(host, place.name);
    await server.start();
    entries.set(place.name, { server, place, source: undefined, dead: false });
    return server;
  }

  const settingsOf = async ({ place: { name, region }, source }: Entry) => {
    if (source === undefined) return {};
    const upstream = entry(source);
    return standbySettings(host, name, await links.open(name, upstream.place.region, region, upstream.server.port));
  };

  async function stream(place: Place, source: string): Promise<void> {
    const { name } = place;
    const known = entries.get(name);
    const server = known?.server ?? (await createPostgresServer(host, name));
    if (known !== undefined) await putAside(name, known);
    await baseBackup(host, entry(source).server, host.dataOf(name));
    markStandby(host.dataOf(name));
    own(host, host.dataOf(name));
    const made: Entry = { server, place: { name, region: place.region, group: place.group }, source, dead: false };
    await server.start(await settingsOf(made));
    entries.set(name, made);
    await untilStreaming(entry(source).server, name);
    links.slow(name);
  }

  /** The data folder goes away; a dead server's is kept as the ground truth of what it had acknowledged. */
  async function putAside(name: string, known: Entry): Promise<void> {
    await known.server.stop();
    if (!existsSync(host.dataOf(name))) return;
    if (!known.dead) return rmSync(host.dataOf(name), { recursive: true, force: true });
    const kept = join(host.folder, 'kept');
    mkdirSync(kept, { recursive: true });
    renameSync(host.dataOf(name), join(kept, `${name}-${keptDisks(host.folder, name).length + 1}`));
  }

  async function promote(name: string, option: 'forced' | 'planned'): Promise<void> {
    const replica = entry(name);
    // A fast shutdown sends everything that was written to the standbys before it ends, so nothing is lost.
    if (option === 'planned' && replica.source !== undefined) await entry(replica.source).server.stop();
    await promoteServer(replica.server);
    replica.source = undefined;
    await links.drop(name);
  }

  async function remove(name: string): Promise<void> {
    const { server } = entry(name);
    await server.stop();
    await links.drop(name);
    entries.delete(name);
    rmSync(host.dataOf(name), { recursive: true, force: true });
  }

  async function restore(place: Place, source: string, at: number): Promise<void> {
    const server = await createPostgresServer(host, place.name);
    const upstream = entries.get(source);
    const running = upstream?.server.pid() === undefined || upstream.source !== undefined ? undefined : upstream.server;
    await restoreTo(host, server, { name: source, running }, at);
    entries.set(place.name, { server, place, source: undefined, dead: false });
  }

  return {
    createPrimary,
    stream,
    promote,
    remove,
    restore,
    backUp: (name) => backUp(host, entry(name).server, now()),
    portOf: (name) => entry(name).server.port,
    names: () => [...entries.keys()],
    version: () => '18',
    reachable: async (name) => {
      const found = entries.get(name);
      if (found?.server.pid() === undefined) return false;
      const answered = found.server.query('SELECT 1').then(
        () => true,
        () => false,
      );
      return Promise.race([answered, wait(REACHABLE_MS_MAX, false, { ref: false })]);
    },
    restart: async (name) => {
      const found = entry(name);
      await found.server.stop();
      await found.server.start(await settingsOf(found));
      links.slow(name);
    },
    replication: async (name) => {
      const found = entry(name);
      if (found.source === undefined || found.server.pid() === undefined) return { streaming: false, lagMs: null };
      const rows = await found.server
        .query<{ status: string }>('SELECT status FROM pg_stat_wal_receiver')
        .catch((): { status: string }[] => []);
      return { streaming: rows[0]?.status === 'streaming', lagMs: await replayLagMs(found.server).catch(() => null) };
    },
    pidsIn: (region) =>
      [...entries.values()].filter(({ place }) => place.region === region).flatMap(({ server }) => server.pid() ?? []),
    markDead: (region) =>
      [...entries.values()].flatMap((found) => {
        if (found.place.region !== region) return [];
        found.dead = true;
        return [found.place];
      }),
    revive: async (region, except) => {
      for (const [name, found] of entries) {
        if (found.place.region !== region || except.includes(name) || found.server.pid() !== undefined) continue;
        await found.server.start(await settingsOf(found));
        links.slow(name);
        found.dead = false;
      }
    },
    close: async () => {
      // Standbys first: a primary's shutdown waits for those that stream.
      const inOrder = [...entries.values()].toSorted(
        (a, b) => Number(b.source !== undefined) - Number(a.source !== undefined),
      );
      await Promise.allSettled(inOrder.filter(({ source }) => source !== undefined).map(({ server }) => server.stop()));
      await Promise.allSettled(inOrder.filter(({ source }) => source === undefined).map(({ server }) => server.stop()));
    },
  };
}
