// The state of a whole world at a glance.
import { resourceId, SERVER_TYPE, STORAGE_TYPE } from '../world/resource-ids.ts';
import type { Cloud } from './cloud.ts';
import type { LinkSettings } from './data-plane.ts';
import { resources } from './routes/resource-groups.ts';
import { serverState } from './server-body.ts';
import type { ServerRecord } from './server-records.ts';
import { type ServiceStatus, serviceStatuses } from './service-status.ts';
import type { StorageRecord } from './storage-records.ts';
import { servedEndpoint } from './traffic-profiles.ts';

/** Answer of GET /twin/status. Instants are epoch ms. */
export interface TwinStatus {
  readonly name: string;
  readonly regions: readonly { readonly name: string; readonly up: boolean; readonly since: number }[];
  readonly servers: readonly ServerStatus[];
  readonly accounts: readonly AccountStatus[];
  readonly endpoints: readonly EndpointStatus[];
  readonly services: readonly ServiceStatus[];
  readonly links: readonly LinkSettings[];
  /** Every resource, as the resource lists show them. */
  readonly resources: readonly {
    readonly id: string;
    readonly type: string;
    readonly name: string;
    readonly location: string;
    readonly state: string;
  }[];
  readonly faults: readonly { readonly id: string; readonly fault: string; readonly effectiveAt: number }[];
  /** Address of the name server: `127.0.0.1:40123`. */
  readonly nameServer: string;
  /** Operations that are at work. */
  readonly operations: number;
}

interface ServerStatus {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly state: string;
  readonly role: string;
  readonly source: string | null;
  readonly streaming: boolean | null;
  /** How far behind the copy says that it is. A lag is no RPO: canaries measure that. */
  readonly lagMs: number | null;
}

interface AccountStatus {
  readonly id: string;
  readonly name: string;
  readonly primary: string;
  /** Null: locally redundant. */
  readonly secondary: string | null;
  readonly failingOver: boolean;
  /** Everything acknowledged up to then is on the secondary. Null: nobody can tell. */
  readonly lastSyncAt: number | null;
}

interface EndpointStatus {
  readonly profile: string;
  readonly name: string;
  readonly shop: string;
  readonly status: string;
  readonly monitor: string;
  readonly priority: number;
  /** True for the one that clients are sent to. */
  readonly served: boolean;
}

export async function twinStatus(cloud: Cloud): Promise<TwinStatus> {
  const { world, plane, servers, accounts, profiles, operations, faults } = cloud;
  return {
    name: world.name,
    regions: world.regions.map((name) => ({ name, up: plane.regions.isUp(name), since: faults.since(name) })),
    servers: await Promise.all(servers.list().map((server) => serverStatus(server, cloud))),
    accounts: accounts.list().map((account) => accountStatus(account, cloud)),
    endpoints: profiles.list().flatMap((profile) =>
      profile.endpoints.map(({ name, shop, status, monitor, priority }) => {
        const seen = status === 'Disabled' ? 'Disabled' : monitor;
        return {
          profile: profile.name,
          name,
          shop,
          status,
          monitor: seen,
          priority,
          served: servedEndpoint(profile)?.name === name,
        };
      }),
    ),
    services: serviceStatuses(cloud),
    links: plane.links.list(),
    resources: resources(cloud).map(({ id, type, name, location, provisioningState }) => ({
      ...{ id, type, name, location },
      state: provisioningState,
    })),
    faults: faults.active() as TwinStatus['faults'],
    nameServer: cloud.nameServer(),
    operations: operations.journal().filter(({ status }) => status === 'InProgress').length,
  };
}

function accountStatus(account: StorageRecord, { plane, world }: Cloud): AccountStatus {
  const { name, primary, secondary, failoverInProgress } = account;
  return {
    id: resourceId(world.subscription, STORAGE_TYPE, account),
    name,
    primary,
    secondary: secondary ?? null,
    failingOver: failoverInProgress,
    lastSyncAt: (secondary === undefined ? undefined : plane.storage.lastSync(name)) ?? null,
  };
}

async function serverStatus(server: ServerRecord, { plane, world }: Cloud): Promise<ServerStatus> {
  const { name, region, role, source, transition } = server;
  const asked = role === 'AsyncReplica' && transition === undefined && plane.regions.isUp(region);
  const unknown = { streaming: null, lagMs: null };
  const replication = asked ? await plane.databases.replication(name).catch(() => unknown) : unknown;
  const id = resourceId(world.subscription, SERVER_TYPE, server);
  return { id, name, region, state: serverState(server, plane), role, source: source ?? null, ...replication };
}
