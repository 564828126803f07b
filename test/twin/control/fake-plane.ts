// A data plane without processes: it remembers what was asked, and does it at once.
import type { DataPlane, LinkSettings } from '../../../src/twin/control/data-plane.ts';
import type { DiskPlace, Disks, Machine, Machines } from '../../../src/twin/control/machine-plane.ts';
import type { Routes } from '../../../src/twin/world/security-rules.ts';
import type { World } from '../../../src/twin/world/world-schema.ts';

export interface FakePlane extends DataPlane {
  /** What was asked, in order: `promote orders-db-neu forced`. */
  readonly asked: readonly string[];
  readonly down: Set<string>;
  /** Shops that do not answer. */
  readonly sick: Set<string>;
  /** Host name → shop that it is steered to. */
  readonly steered: Map<string, string | undefined>;
  /** Set to make the next call of a name throw. */
  readonly failing: Map<string, Error>;
  /** Subnet → what it lets through. */
  readonly allowed: Map<string, Routes>;
}

export function fakePlane(world: World): FakePlane {
  const asked: string[] = [];
  let points = 0;
  const down = new Set<string>();
  const sick = new Set<string>();
  const steered = new Map<string, string | undefined>();
  const failing = new Map<string, Error>();
  const allowed = new Map<string, Routes>();
  const regionOf = (server: string) => world.postgresServers.find(({ name }) => name === server)?.region ?? '';
  const links: LinkSettings[] = world.links.map(({ between, latency, bandwidth }) => ({
    between,
    latencyMs: latency,
    bandwidthKbps: bandwidth ?? null,
    cut: false,
  }));
  const versioned = new Map<string, number>();
  const policies: ReturnType<DataPlane['storage']['policies']> = new Map();
  const releases = new Map<string, { effectiveAt: number; lastDamageAt: number; damaged: number }>();
  const ask = async (name: string, ...words: readonly string[]) => {
    asked.push([name, ...words].join(' '));
    const error = failing.get(name);
    failing.delete(name);
    if (error !== undefined) throw error;
  };
  return {
    asked,
    down,
    sick,
    steered,
    failing,
    databases: {
      reachable: async (server) => !down.has(regionOf(server)),
      promote: (server, option) => ask('promote', server, option),
      stream: ({ name }, source) => ask('stream', name, source),
      restore: ({ name }, source, at) => ask('restore', name, source, new Date(at).toISOString()),
      restart: (server) => ask('restart', server),
      remove: (server) => ask('remove', server),
      replication: async () => ({ streaming: true, lagMs: 150 }),
      version: () => '18.4',
    },
    storage: {
      lastSync: () => 1_700_000_000_500,
      failover: (account, option) => ask('failover', account, option),
      replicate: (account, region) => ask('replicate', account, region),
      unreplicate: (account) => ask('unreplicate', account),
      restore: async (account, at, ranges) => {
        const shown = ranges.map(({ startRange, endRange }) => `[${startRange},${endRange})`);
        await ask('restoreRanges', account, new Date(at).toISOString(), ...shown);
        return shown.length;
      },
      restorableSince: (account) => versioned.get(account),
      setVersioning: async (account, isOn) => {
        await ask('versioning', account, String(isOn));
        if (isOn) versioned.set(account, 1_700_000_000_000);
        else versioned.delete(account);
      },
      policies: () => policies,
      hasContainer: async (_, container) => container === 'papers',
    },
    allowed,
    machines: fakeMachines(ask, allowed, world),
    disks: fakeDisks(ask),
    replicas: {
      take: async (machine, to, consistency) => {
        await ask('replicate machine', machine, to, consistency);
        points += 1;
        return { id: `replica-${points}`, takenAt: Date.now() };
      },
      folder: (id) => `/replicas/${id}`,
      remove: (id) => ask('removeReplica', id),
    },
    recoveryPoints: {
      take: async (machine, consistency) => {
        await ask('take', machine, consistency);
        points += 1;
        return { id: `${1_000_000 + points}`, takenAt: Date.now() };
      },
      folder: (id) => `/points/${id}`,
      remove: (id) => ask('removePoint', id),
    },
    regions: {
      isUp: (region) => !down.has(region),
      outage: async (region) => {
        await ask('outage', region);
        down.add(region);
        return { effectiveAt: Date.now(), resources: [{ id: `/region/${region}`, means: 'killed' }] };
      },
      endOutage: async (region, stale) => {
        await ask('endOutage', region, ...stale);
        down.delete(region);
      },
    },
    traffic: {
      shopHealthy: async (shop) =>
        !sick.has(shop) && !down.has(world.shops.find(({ name }) => name === shop)?.region ?? ''),
      steer: (fqdn, shop) => void steered.set(fqdn, shop),
    },
    releases: {
      start: async (server) => {
        await ask('release', server);
        releases.set(server, { effectiveAt: Date.now(), lastDamageAt: Date.now(), damaged: 1 });
        return releases.get(server) ?? { effectiveAt: 0, lastDamageAt: 0, damaged: 0 };
      },
      damage: (server) => releases.get(server),
      stop: async (server) => {
        await ask('stopRelease', server);
        const damage = releases.get(server) ?? { effectiveAt: 0, lastDamageAt: 0, damaged: 0 };
        releases.delete(server);
        return { ...damage, stoppedAt: Date.now() };
      },
    },
    doors: {
      plant: async ({ fault, change }) => {
        await ask('plant', fault, change);
        const hosts = { 'one.example': { host: '127.0.0.1', port: 2 } };
        return { hosts, planted: `${fault} ${change}`, end: () => ask('take back', fault) };
      },
    },
    hosts: () => ({ 'one.example': { host: '127.0.0.1', port: 1 } }),
    links: {
      list: () => links,
      change: (between, change) => {
        const at = links.findIndex((link) => between.every((region) => link.between.includes(region)));
        const before = links[at];
        if (before === undefined) return;
        const given = Object.fromEntries(
          Object.entries(change).filter(([key, value]) => value !== undefined && key in before && key !== 'between'),
        );
        links[at] = { ...before, ...given };
      },
    },
  };
}

type Ask = (name: string, ...words: readonly string[]) => Promise<void>;

/** Machines that are nothing but their records. */
function fakeMachines(ask: Ask, allowed: Map<string, Routes>, world: World): Machines {
  const machines = new Map<string, Machine>(
    world.machines.map(({ name, group, region, subnet }) => [
      name,
      { name, group, region, subnet, disk: `${name}-data`, running: true },
    ]),
  );
  const change = (name: string, running: boolean) => {
    const found = machines.get(name);
    if (found !== undefined) machines.set(name, { ...found, running });
  };
  return {
    find: (name) => machines.get(name),
    names: () => [...machines.keys()],
    create: async (place, disk) => {
      await ask('create machine', place.name, disk);
      machines.set(place.name, { ...place, disk, running: true });
    },
    start: async (name) => {
      await ask('start machine', name);
      change(name, true);
    },
    stop: async (name) => {
      await ask('stop machine', name);
      change(name, false);
    },
    remove: async (name) => {
      await ask('remove machine', name);
      machines.delete(name);
    },
    snapshot: async (name, _into, consistency) => {
      await ask('snapshot', name, consistency);
      return { takenAt: Date.now() };
    },
    allow: (subnet, routes) => void allowed.set(subnet, routes),
  };
}

function fakeDisks(ask: Ask): Disks {
  const disks = new Map<string, DiskPlace>();
  return {
    find: (name) => disks.get(name),
    names: () => [...disks.keys()],
    create: async (place) => {
      await ask('create disk', place.name);
      disks.set(place.name, place);
    },
    remove: async (name) => {
      await ask('remove disk', name);
      disks.delete(name);
    },
    folder: (name) => `/nowhere/${name}`,
  };
}
