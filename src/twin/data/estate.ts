// The data planes of a world, all in one folder: real databases, links between regions, shops, a front, and customers.

import type { DataPlane, Effect } from '../control/data-plane.ts';
import type { Disks } from '../control/machine-plane.ts';
import { powerOff } from '../process/power-off.ts';
import type { Registry } from '../process/registry.ts';
import { blobHosts } from '../world/blob-hosts.ts';
import {
  MACHINE_TYPE,
  machineHost,
  resourceId,
  SERVER_TYPE,
  SHOP_TYPE,
  STORAGE_TYPE,
  serverHost,
} from '../world/resource-ids.ts';
import { routesOf } from '../world/security-rules.ts';
import type { World, WorldMachine, WorldShop } from '../world/world-schema.ts';
import { createPointStore } from './backup/point-store.ts';
import { createDoors } from './corruption/doors.ts';
import { type Customers, startCustomers } from './customers.ts';
import { createDatabases, type EstateDatabases } from './databases.ts';
import { openFront } from './front.ts';
import { createDisks } from './machines/disks.ts';
import { createMachines, type EstateMachines } from './machines/machines.ts';
import type { RunAs } from './postgres/binaries.ts';
import { createPostgresHost, type PostgresHost } from './postgres/host.ts';
import { createRegionLinks, type RegionLinks } from './region-links.ts';
import { createReleases } from './releases.ts';
import { SHOP_SCHEMA } from './shop/schema.ts';
import { createEntrances } from './shop-documents.ts';
import { createShops, type Shops } from './shops.ts';
import { createReplicaStore } from './siterecovery/replica-store.ts';
import { type BlobFront, openBlobFront } from './storage/blob-front.ts';
import { createStorage, type EstateStorage } from './storage/storage.ts';

export interface EstateParts {
  readonly world: World;
  /** Empty folder that the user who runs PostgreSQL can reach. */
  readonly folder: string;
  readonly user: RunAs;
  /** Of every database; random per world. */
  readonly password: string;
  readonly registry: Registry;
  readonly now: () => number;
  /** The certificate of storage endpoints and the tokens that they let in: one, and all that `admits` says. */
  readonly signIn: {
    readonly certificate: string;
    readonly key: string;
    readonly token: string;
    readonly authority: string;
    /** Two more that do not fit; absent: a door that shows one shows the certificate itself. */
    readonly expired?: string;
    readonly otherName?: string;
    readonly admits?: (bearer: string) => boolean;
  };
  /** Gets what an operator should read. */
  readonly onTrouble: (message: string) => void;
}

export interface Estate extends DataPlane {
  readonly host: PostgresHost;
  readonly customers: () => { readonly placed: number; readonly refused: number };
  readonly close: () => Promise<void>;
}

/** Builds the world and resolves when every standby streams and every shop listens. */
export async function createEstate({
  world,
  folder,
  user,
  password,
  registry,
  now,
  signIn,
  onTrouble,
}: EstateParts): Promise<Estate> {
  const host = createPostgresHost({ folder, user, password, registry });
  const links = createRegionLinks(world);
  const databases = createDatabases(host, links, now);
  const front = await openFront();
  const storage = await createStorage({ world, folder, user, registry, links, onTrouble }).catch(async (error) => {
    await Promise.all([front.close(), links.close()]);
    throw error;
  });
  const blobs = await openBlobFront({ ...signIn, storage });
  const entrances = createEntrances({ world, storage, links, frontPort: blobs.port, ...signIn });
  const shops = createShops(world, host, {
    database: (shop) => databasePort(shop, databases, links),
    documents: entrances.documents,
  });
  const disks = createDisks(folder);
  // Host names of Traffic Manager are all served by the front.
  const machines = createMachines({ disks, registry, now, portOfHost: () => front.port });
  const down = new Set<string>();
  const releases = createReleases(databases, now);
  const close = async () => {
    await releases.close();
    await customers?.stop();
    await machines.close();
    await front.close();
    await shops.close();
    await entrances.close();
    await blobs.close();
    await storage.close();
    await databases.close();
    await links.close();
  };
  let customers: Customers | undefined;
  try {
    await startDatabases(world, databases);
    await Promise.all(world.regions.map((region) => shops.start(region)));
    applySecurityRules(world, machines);
    for (const machine of world.machines) await startMachine(machine, machines, disks);
  } catch (error) {
    await close();
    throw error;
  }
  const steered = new Map<string, string | undefined>();
  const steer = (fqdn: string, shop: string | undefined) => {
    steered.set(fqdn, shop);
    front.steer(fqdn, shop === undefined ? undefined : shops.portOf(shop));
    // Customers come when the shop's name first leads somewhere.
    if (shop !== undefined && world.customers !== undefined)
      customers ??= startCustomers({ port: front.port, host: fqdn, everyMs: world.customers.every });
  };
  const regions = createRegions({
    world,
    databases,
    storage,
    blobs,
    shops,
    machines,
    links,
    down,
    onChange: () => {
      for (const [fqdn, shop] of steered) steer(fqdn, shop);
    },
  });
  const hosts = () => ({
    ...hostsOf(world, databases, { front: front.port, blobs: blobs.port }),
    ...machineHosts(machines),
  });
  const { certificate, expired = certificate, otherName = certificate } = signIn;
  return {
    host,
    databases,
    storage,
    machines,
    disks,
    recoveryPoints: createPointStore(folder, machines),
    replicas: createReplicaStore({ folder, machines, links, isUp: regions.isUp }),
    regions,
    links,
    traffic: { shopHealthy: shops.healthy, steer },
    releases,
    hosts,
    doors: createDoors({ databases, hosts, certificates: { ...signIn, expired, otherName } }),
    customers: () => ({ placed: customers?.placed() ?? 0, refused: customers?.refused() ?? 0 }),
    close,
  };
}

/** Public names, and where they are served on this machine. */
function hostsOf(world: World, databases: EstateDatabases, ports: { readonly front: number; readonly blobs: number }) {
  const local = (port: number) => ({ host: '127.0.0.1', port });
  const servers = databases.names().map((name) => [serverHost(name), local(databases.portOf(name))] as const);
  const profiles = world.trafficManager.map(({ fqdn }) => [fqdn, local(ports.front)] as const);
  const accounts = blobHosts(world).map((host) => [host, local(ports.blobs)] as const);
  return Object.fromEntries([...servers, ...profiles, ...accounts]);
}

const machineHosts = (machines: EstateMachines) =>
  Object.fromEntries(
    machines.names().flatMap((name) => {
      const place = machines.find(name);
      return place === undefined ? [] : [[machineHost(place), { host: '127.0.0.1', port: machines.portOf(name) }]];
    }),
  );

function applySecurityRules({ virtualNetworks, networkSecurityGroups }: World, machines: EstateMachines): void {
  for (const { name, subnets } of virtualNetworks)
    for (const subnet of subnets) {
      const group = networkSecurityGroups.find((candidate) => candidate.name === subnet.securityGroup);
      machines.allow(`${name}/${subnet.name}`, routesOf(group?.rules ?? []));
    }
}

/** A machine of the world file gets an empty disk. */
async function startMachine(
  { name, group, region, subnet, writes, production }: WorldMachine,
  machines: EstateMachines,
  disks: Disks,
): Promise<void> {
  const disk = `${name}-data`;
  await disks.create({ name: disk, group, region });
  await machines.create({ name, group, region, subnet }, disk, { writesEveryMs: writes?.every, production });
}

/** Traffic between regions crosses a link, a shop's with its database as well. */
async function databasePort(
  { name, region, database }: WorldShop,
  databases: EstateDatabases,
  links: RegionLinks,
): Promise<number> {
  const port = databases.portOf(database);
  const place = databases.regionOf(database);
  if (place === region) return port;
  const linked = `shop ${name}`;
  const reached = await links.open(linked, place, region, port);
  links.slow(linked);
  return reached;
}

async function startDatabases(world: World, databases: EstateDatabases): Promise<void> {
  for (const place of world.postgresServers) {
    if (place.role !== 'primary') continue;
    const server = await databases.createPrimary(place);
    await server.query(SHOP_SCHEMA);
    await databases.backUp(place.name);
  }
  for (const server of world.postgresServers)
    if (server.role === 'replica' && server.source !== undefined) await databases.stream(server, server.source);
}

interface RegionParts {
  readonly world: World;
  readonly databases: EstateDatabases;
  readonly storage: EstateStorage;
  readonly blobs: BlobFront;
  readonly shops: Shops;
  readonly machines: EstateMachines;
  readonly links: RegionLinks;
  readonly down: Set<string>;
  readonly onChange: () => void;
}

function createRegions({
  world,
  databases,
  storage,
  blobs,
  shops,
  machines,
  links,
  down,
  onChange,
}: RegionParts): DataPlane['regions'] {
  const idOf = (type: string, place: { readonly name: string; readonly group: string }) =>
    resourceId(world.subscription, type, place);

  async function outage(region: string): Promise<Effect> {
    const effectiveAt = powerOff(
      [...databases.pidsIn(region), ...shops.pidsIn(region), ...machines.pidsIn(region)],
      storage.pidsIn(region),
    );
    const accounts = storage.lose(region);
    blobs.lose(region);
    links.lose(region);
    down.add(region);
    const resources = [
      ...databases
        .markDead(region)
        .map((place) => ({ id: idOf(SERVER_TYPE, place), means: 'its processes were killed' })),
      ...shops.forget(region).map((place) => ({ id: idOf(SHOP_TYPE, place), means: 'its process was killed' })),
      ...machines.forget(region).map((place) => ({ id: idOf(MACHINE_TYPE, place), means: 'its process was killed' })),
      ...accounts.map((place) => ({ id: idOf(STORAGE_TYPE, place), means: 'its blob store stands still' })),
    ];
    onChange();
    return { effectiveAt, resources };
  }

  async function endOutage(region: string, stale: readonly string[]): Promise<void> {
    links.regain(region);
    storage.regain(region);
    await databases.revive(region, stale);
    await shops.start(region);
    await machines.revive(region);
    down.delete(region);
    onChange();
  }

  return { isUp: (region) => !down.has(region), outage, endOutage };
}
