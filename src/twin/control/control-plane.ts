// Azure Resource Manager of one world: joins records, operations, faults and routes, and listens.
import type { World } from '../world/world-schema.ts';
import { answerRequest } from './answer-request.ts';
import { startBackupSchedule } from './backup/backup-schedule.ts';
import { backupRoutes } from './backup/routes.ts';
import { makeVaults } from './backup/vaults.ts';
import { blobServiceRoutes } from './blob-service/routes.ts';
import type { Certificates } from './certificates.ts';
import type { Cloud } from './cloud.ts';
import { computeRoutes } from './compute/compute-routes.ts';
import { MachineRecords } from './compute/machine-records.ts';
import { Corruptions } from './corruption/corruptions.ts';
import type { DataPlane } from './data-plane.ts';
import { answerQuestion } from './dns/dns-answers.ts';
import { dnsZoneRoutes } from './dns/dns-routes.ts';
import { type DnsServer, openDnsServer } from './dns/dns-server.ts';
import { DnsZones } from './dns/dns-zones.ts';
import { knownName } from './dns/known-names.ts';
import { type EndpointMonitor, startEndpointMonitor } from './endpoint-monitor.ts';
import { FaultRules } from './fault-rules.ts';
import { Faults } from './faults.ts';
import { ActivityLog, activityRoutes } from './governance/activity-log.ts';
import { Locks, lockRoutes } from './governance/locks.ts';
import { tagRoutes } from './governance/tags.ts';
import { type Listener, listen } from './https-listener.ts';
import { type Identity, makeIdentity } from './identity/tokens.ts';
import { InterfaceRecords } from './network/interface-records.ts';
import { NetworkRecords } from './network/network-records.ts';
import { networkRoutes } from './network/network-routes.ts';
import { Operations } from './operations.ts';
import { RateLimits } from './rate-limits.ts';
import { makeRegionReturn } from './region-return.ts';
import { RequestLog } from './request-log.ts';
import { ResourceGroups } from './resource-groups.ts';
import type { Route } from './route.ts';
import { flexibleServerRoutes } from './routes/flexible-servers.ts';
import { operationRoutes } from './routes/operations.ts';
import { requireScope, resourceGroupRoutes } from './routes/resource-groups.ts';
import { storageAccountRoutes } from './routes/storage-accounts.ts';
import { trafficProfileRoutes } from './routes/traffic-profiles.ts';
import { twinRoutes } from './routes/twin.ts';
import { ServerRecords } from './server-records.ts';
import { serverSettingsRoutes } from './server-settings/routes.ts';
import { makeServices, serviceRoutes } from './services.ts';
import { startReplicator } from './siterecovery/replicator.ts';
import { siteRecoveryRoutes } from './siterecovery/routes.ts';
import { makeSiteRecovery } from './siterecovery/site-recovery.ts';
import { StorageRecords } from './storage-records.ts';
import { TrafficProfiles } from './traffic-profiles.ts';

export interface ControlPlaneOptions {
  readonly world: World;
  readonly plane: DataPlane;
  readonly certificates: Certificates;
  /** The operator's bearer token. */
  readonly token: string;
  /** Who else may ask; one of its own when absent. */
  readonly identity?: Identity;
  /** Gets what an operator should read: a bug, or a copy that failed. */
  readonly onTrouble: (message: string) => void;
  /** Called when somebody asked the twin to end. */
  readonly onShutdown: () => void;
}

export interface ControlPlane {
  /** `https://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** Where its name server answers: `127.0.0.1:40124`. */
  readonly nameServer: string;
  /** Ends operations where they are; resolves when nothing listens or works any more. */
  readonly close: () => Promise<void>;
}

/** Starts a control plane on a free port of 127.0.0.1. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const closing = new AbortController();
  const reached: { listener?: Listener; names?: DnsServer } = {};
  const addresses = {
    endpoint: () => reached.listener?.endpoint ?? '',
    nameServer: () => reached.names?.address ?? '',
  };
  const cloud = makeCloud(options, addresses, closing.signal);
  const monitor = startEndpointMonitor(cloud.profiles, cloud.plane.traffic, closing.signal);
  const { token, certificates, onTrouble, world } = options;
  const schedule = startBackupSchedule(cloud, onTrouble);
  const replicator = startReplicator(cloud, onTrouble);
  const routes = routesOf(cloud, monitor, options.onShutdown);
  const desk = {
    routes,
    rules: cloud.rules,
    corruptions: cloud.corruptions,
    limits: new RateLimits(),
    subscription: world.subscription,
    identity: options.identity ?? makeIdentity({ tenant: world.tenant, operatorToken: token }),
    endpoint: cloud.endpoint,
    locks: cloud.locks,
    activity: cloud.activity,
    signal: closing.signal,
  };
  const onBug = (error: unknown) => onTrouble(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const names = await openDnsServer((name, type) => {
    const known = (other: string) => knownName(cloud, other);
    return cloud.corruptions.answer(name, type) ?? answerQuestion({ zones: cloud.zones, known }, name, type);
  });
  reached.names = names;
  const listener = await listen({
    certificates,
    log: cloud.log,
    onBug,
    answer: (request) => answerRequest(desk, request),
  });
  reached.listener = listener;
  const close = async () => {
    closing.abort(new Error('the twin closes'));
    await Promise.all([
      listener.close(),
      names.close(),
      cloud.operations.settled(),
      monitor.closed,
      schedule.closed,
      replicator.closed,
      cloud.corruptions.close(),
    ]);
  };
  try {
    await Promise.all([schedule.ready, replicator.ready]);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint: listener.endpoint, nameServer: names.address, close };
}

function makeCloud(
  { world, plane, onTrouble }: ControlPlaneOptions,
  { endpoint, nameServer }: Pick<Cloud, 'endpoint' | 'nameServer'>,
  signal: AbortSignal,
): Cloud {
  const servers = new ServerRecords(world, Date.now());
  const rules = new FaultRules(world.seed);
  const operations = new Operations(world, rules, endpoint);
  const machines = new MachineRecords(plane.machines, plane.disks);
  const regionReturn = makeRegionReturn({ servers, plane, signal, onTrouble });
  const corruptions = new Corruptions(plane);
  return {
    world,
    plane,
    endpoint,
    nameServer,
    groups: new ResourceGroups(world),
    servers,
    accounts: new StorageRecords(world, Date.now()),
    vaults: makeVaults(world, endpoint),
    siteRecovery: makeSiteRecovery(world),
    machines,
    networks: new NetworkRecords(world, plane.machines),
    interfaces: new InterfaceRecords(machines),
    profiles: new TrafficProfiles(world),
    zones: new DnsZones(world),
    operations,
    locks: new Locks(),
    activity: new ActivityLog(operations),
    services: makeServices(world, Date.now()),
    rules,
    faults: new Faults({ world, plane, rules, servers, regionReturn, corruptions }),
    corruptions,
    log: new RequestLog(),
    signal,
  };
}

const routesOf = (cloud: Cloud, monitor: EndpointMonitor, onShutdown: () => void): readonly Route[] => [
  ...resourceGroupRoutes(cloud),
  ...flexibleServerRoutes(cloud),
  ...serverSettingsRoutes(cloud),
  ...storageAccountRoutes(cloud),
  ...backupRoutes(cloud),
  ...siteRecoveryRoutes(cloud),
  ...blobServiceRoutes(cloud),
  ...computeRoutes(cloud),
  ...networkRoutes(cloud),
  ...trafficProfileRoutes(cloud, monitor),
  ...dnsZoneRoutes(cloud),
  ...lockRoutes({ ...cloud, requireScope: (scope) => requireScope(cloud, scope) }),
  ...tagRoutes(cloud),
  ...activityRoutes(cloud.activity, cloud.world.subscription),
  ...serviceRoutes(cloud),
  ...operationRoutes(cloud),
  ...twinRoutes(cloud, onShutdown),
];
