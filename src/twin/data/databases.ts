// The PostgreSQL servers of a world, by name: who runs where, who follows whom.
import { existsSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Databases } from '../control/data-plane.ts';
import { DataPlaneError } from './data-plane-error.ts';
import { keptDisk, keptDisks } from './postgres/ground-truth.ts';
import { copyTemplate, type PostgresHost } from './postgres/host.ts';
import { backUp, prepareRestore, untilRestored } from './postgres/point-in-time.ts';
import {
  baseBackup,
  markStandby,
  promoteServer,
  replayLagMs,
  standbySettings,
  untilStreaming,
} from './postgres/replication.ts';
import { createPostgresServer, type PostgresServer } from './postgres/server.ts';
import type { Settings } from './postgres/settings.ts';
import { handOver } from './postgres/switchover.ts';
import type { RegionLinks } from './region-links.ts';

const REACHABLE_MS_MAX = 2000;

interface Place {
  readonly name: string;
  readonly region: string;
  readonly group: string;
}

/**
 * What a data folder is good for. `copying`: not complete yet. `dead`: its processes were killed, so it shows what the server had
 * acknowledged. `discarded`: nobody starts from it again, because the copy was broken off or the server handed over to another one.
 */
type Disk = 'copying' | 'complete' | 'dead' | 'discarded';

interface Entry {
  readonly server: PostgresServer;
  readonly place: Place;
  /** The server that it streams from; undefined for a primary. */
  source: string | undefined;
  disk: Disk;
}

export interface EstateDatabases extends Databases {
  /** Makes an empty primary and starts it. */
  readonly createPrimary: (place: Place) => Promise<PostgresServer>;
  /** Takes a base backup: restores to a later instant start from it. */
  readonly backUp: (name: string) => Promise<void>;
  /** Throws DataPlaneError `unknown-server`, as the next ones do. */
  readonly serverOf: (name: string) => PostgresServer;
  readonly portOf: (name: string) => number;
  /** Whom it gets its writes from: the primary at the head of its line, itself when it is one. */
  readonly writerOf: (name: string) => string;
  /** Names of all servers that there are now. */
  readonly names: () => readonly string[];
  readonly regionOf: (name: string) => string;
  /** Postmasters of a region, ready or not. */
  readonly pidsIn: (region: string) => readonly number[];
  /** The processes of a region were killed; what is being copied there is broken off. */
  readonly markDead: (region: string) => readonly Place[];
  /** Starts the servers of a region that were killed, on their own disks, but those named. */
  readonly revive: (region: string, except: readonly string[]) => Promise<void>;
  /** Stops every server. Nothing can be started afterwards. */
  readonly close: () => Promise<void>;
}

export function createDatabases(host: PostgresHost, links: RegionLinks, now: () => number): EstateDatabases {
  const entries = new Map<string, Entry>();
  /** Backups under way, by server. */
  const background = new Map<string, Promise<void>>();
  let closed = false;

  function entry(name: string): Entry {
    const found = entries.get(name);
    if (found === undefined)
      throw new DataPlaneError('unknown-server', `expected a server of this world, found ${name}`);
    return found;
  }

  const backUpNow = (name: string) => backUp(host, entry(name).server, now);

  /** A backup begins with every primary; nobody waits for it, and without it a later restore says that there is none. */
  function backUpBehind(name: string): void {
    const done = (background.get(name) ?? Promise.resolve())
      .then(() => backUpNow(name))
      .catch(() => undefined)
      .finally(() => {
        if (background.get(name) === done) background.delete(name);
      });
    background.set(name, done);
  }

  /** Enters a server whose data folder is about to be filled: from now on an outage and a removal see it. */
  async function enter({ name, region, group }: Place, source?: string): Promise<Entry> {
    const known = entries.get(name);
    if (known !== undefined) await putAside(known);
    const server = known?.server ?? (await createPostgresServer(host, name));
    const made: Entry = { server, place: { name, region, group }, source, disk: 'copying' };
    entries.set(name, made);
    return made;
  }

  /** The data folder goes away; a dead server's is kept as the ground truth of what it had acknowledged. */
  async function putAside({ server, place: { name }, disk }: Entry): Promise<void> {
    await server.stop();
    const data = host.dataOf(name);
    if (!existsSync(data)) return;
    if (disk === 'dead') renameSync(data, keptDisk(host.folder, name, keptDisks(host.folder, name).length + 1));
    else await rm(data, { recursive: true, force: true });
  }

  /** Starts a server whose data folder was filled. */
  async function startFilled(made: Entry, settings: Settings): Promise<void> {
    if (closed || made.disk !== 'copying')
      throw new DataPlaneError('not-running', `${made.place.name} was lost while its data were copied`);
    await made.server.start(settings);
    made.disk = 'complete';
  }

  const settingsOf = async ({ place: { name, region }, source }: Entry): Promise<Settings> => {
    if (source === undefined) return {};
    const upstream = entry(source);
    return standbySettings(host, name, await links.open(name, upstream.place.region, region, upstream.server.port));
  };

  async function createPrimary(place: Place): Promise<PostgresServer> {
    const made = await enter(place);
    await copyTemplate(host, place.name);
    await startFilled(made, {});
    return made.server;
  }

  async function stream(place: Place, source: string): Promise<void> {
    const upstream = entry(source).server;
    const made = await enter(place, source);
    await baseBackup(host, upstream, host.dataOf(place.name));
    markStandby(host.dataOf(place.name));
    await startFilled(made, await settingsOf(made));
    await untilStreaming(upstream, place.name);
    links.slow(place.name);
  }

  async function promote(name: string, option: 'forced' | 'planned'): Promise<void> {
    const replica = entry(name);
    if (option === 'planned' && replica.source !== undefined) await takeOver(replica, entry(replica.source));
    await promoteServer(replica.server);
    replica.source = undefined;
    await links.drop(name);
    backUpBehind(name);
  }

  async function takeOver(replica: Entry, primary: Entry): Promise<void> {
    try {
      await handOver(host, primary.server, replica.server);
      primary.disk = 'discarded';
    } catch (error) {
      // What could not be handed over stays where it is.
      const stopped = primary.disk === 'complete' && primary.server.pid() === undefined;
      if (stopped && !closed) await primary.server.start(await settingsOf(primary));
      throw error;
    }
  }

  async function remove(name: string): Promise<void> {
    const { server } = entry(name);
    await server.stop();
    await links.drop(name);
    entries.delete(name);
    // A backup under way ends early without its server; until then it still writes.
    await background.get(name);
    // Its log goes with it: a later server of this name would take the old segments for its own.
    for (const path of [host.dataOf(name), host.archiveOf(name), host.backupOf(name)])
      await rm(path, { recursive: true, force: true });
  }

  async function restore(place: Place, source: string, at: number): Promise<void> {
    if (entries.has(place.name))
      throw new DataPlaneError('name-taken', `expected a new name to restore to, found ${place.name} in use`);
    const upstream = entries.get(source);
    const running = upstream?.server.pid() === undefined || upstream.source !== undefined ? undefined : upstream.server;
    const made = await enter(place);
    try {
      await startFilled(made, await prepareRestore(host, place.name, { name: source, running }, at));
      await untilRestored(made.server);
    } catch (error) {
      await remove(place.name);
      throw error;
    }
    backUpBehind(place.name);
  }

  async function restart(name: string): Promise<void> {
    const found = entry(name);
    if (found.disk !== 'complete')
      throw new DataPlaneError('not-running', `expected ${name} to run, found that it does not`);
    await found.server.stop();
    await found.server.start(await settingsOf(found));
    links.slow(name);
  }

  async function revive(region: string, except: readonly string[]): Promise<void> {
    for (const [name, found] of entries) {
      if (found.place.region !== region || found.disk !== 'dead' || except.includes(name)) continue;
      // A process that was killed a moment ago may not be over yet.
      await found.server.stop();
      await found.server.start(await settingsOf(found));
      links.slow(name);
      found.disk = 'complete';
    }
  }

  async function close(): Promise<void> {
    closed = true;
    const isPrimary = ({ source }: Entry) => source === undefined;
    // Standbys first: a primary's shutdown waits for those that stream.
    await stopAll([...entries.values()].filter((found) => !isPrimary(found)));
    await stopAll([...entries.values()].filter(isPrimary));
    await Promise.all(background.values());
  }

  function writerOf(name: string): string {
    const { source } = entry(name);
    return source === undefined ? name : writerOf(source);
  }

  const inRegion = (region: string) => [...entries.values()].filter(({ place }) => place.region === region);

  return {
    createPrimary,
    stream,
    promote,
    remove,
    restore,
    restart,
    revive,
    close,
    backUp: backUpNow,
    serverOf: (name) => entry(name).server,
    names: () => [...entries.keys()],
    portOf: (name) => entry(name).server.port,
    writerOf,
    regionOf: (name) => entry(name).place.region,
    version: () => '18',
    reachable: async (name) => {
      const server = entries.get(name)?.server;
      return server?.pid() === undefined ? false : answers(server);
    },
    replication: async (name) => {
      const { source, server } = entry(name);
      return source === undefined || server.pid() === undefined ? NOT_STREAMING : replicationOf(server);
    },
    pidsIn: (region) => inRegion(region).flatMap(({ server }) => server.pid() ?? []),
    markDead: (region) =>
      inRegion(region).map((found) => {
        if (found.disk === 'complete') found.disk = 'dead';
        if (found.disk === 'copying') found.disk = 'discarded';
        return found.place;
      }),
  };
}

const stopAll = (entries: readonly Entry[]) => Promise.allSettled(entries.map(({ server }) => server.stop()));

function answers(server: PostgresServer): Promise<boolean> {
  const answered = server.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answered, wait(REACHABLE_MS_MAX, false, { ref: false })]);
}

const NOT_STREAMING = { streaming: false, lagMs: null };

async function replicationOf(server: PostgresServer): Promise<{ streaming: boolean; lagMs: number | null }> {
  const [receiver] = await server
    .query<{ status: string }>('SELECT status FROM pg_stat_wal_receiver')
    .catch((): { status: string }[] => []);
  return { streaming: receiver?.status === 'streaming', lagMs: await replayLagMs(server).catch(() => null) };
}
