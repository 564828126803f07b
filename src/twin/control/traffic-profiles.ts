// Traffic Manager profiles as records, and what follows from them: who is served.

import { PROFILE_TYPE } from '../world/resource-ids.ts';
import type { World } from '../world/world-schema.ts';
import { Refusal, resourceNotFound } from './arm-reply.ts';

type Status = 'Enabled' | 'Disabled';
type MonitorStatus = 'CheckingEndpoint' | 'Online' | 'Degraded';

export interface EndpointRecord {
  readonly name: string;
  readonly shop: string;
  /** Resource group of the shop. */
  readonly group: string;
  readonly region: string;
  status: Status;
  priority: number;
  weight: number;
  alwaysServe: Status;
  /** What the monitor found; a disabled endpoint is not monitored. */
  monitor: MonitorStatus;
  failures: number;
}

interface MonitorConfig {
  readonly path: string;
  readonly intervalInSeconds: number;
  readonly timeoutInSeconds: number;
  readonly toleratedNumberOfFailures: number;
}

export interface ProfileRecord {
  readonly name: string;
  readonly group: string;
  readonly fqdn: string;
  tags: Readonly<Record<string, string>>;
  status: Status;
  ttl: number;
  monitorConfig: MonitorConfig;
  endpoints: EndpointRecord[];
}

/** The fastest that Traffic Manager offers. */
const MONITOR_CONFIG: MonitorConfig = {
  path: '/healthz',
  intervalInSeconds: 10,
  timeoutInSeconds: 5,
  toleratedNumberOfFailures: 3,
};
const TTL_SECONDS = 10;

export class TrafficProfiles {
  #profiles: readonly ProfileRecord[];

  constructor({ trafficManager, shops }: World) {
    const groupOf = (shop: string) => shops.find(({ name }) => name === shop)?.group ?? '';
    this.#profiles = trafficManager.map(({ name, group, fqdn, endpoints }) => ({
      name,
      group,
      fqdn,
      tags: {},
      status: 'Enabled',
      ttl: TTL_SECONDS,
      monitorConfig: MONITOR_CONFIG,
      endpoints: endpoints.map(({ name, target, region, priority, status }) =>
        newEndpoint({ name, shop: target, group: groupOf(target), region, priority, status }),
      ),
    }));
  }

  list(group?: string): readonly ProfileRecord[] {
    return this.#profiles.filter((profile) => group === undefined || same(profile.group, group));
  }

  remove(profile: ProfileRecord): void {
    this.#profiles = this.#profiles.filter((known) => known !== profile);
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): ProfileRecord {
    const profile = this.list(group).find((candidate) => same(candidate.name, name));
    if (profile === undefined) throw resourceNotFound(PROFILE_TYPE, name, group);
    return profile;
  }
}

export const newEndpoint = (
  given: Pick<EndpointRecord, 'name' | 'shop' | 'group' | 'region' | 'priority' | 'status'>,
): EndpointRecord => ({
  ...given,
  weight: 1,
  alwaysServe: 'Disabled',
  monitor: 'CheckingEndpoint',
  failures: 0,
});

/** Throws Refusal 404 `NotFound`. */
export function endpointOf(profile: ProfileRecord, name: string): EndpointRecord {
  const endpoint = profile.endpoints.find((candidate) => same(candidate.name, name));
  if (endpoint === undefined)
    throw new Refusal(404, 'NotFound', `The endpoint '${name}' of the profile '${profile.name}' was not found.`);
  return endpoint;
}

/**
 * The endpoint that clients are sent to under priority routing; undefined when none is enabled. When no enabled endpoint works, all of
 * them count as working: https://learn.microsoft.com/azure/traffic-manager/traffic-manager-monitoring
 */
export function servedEndpoint({ status, endpoints }: ProfileRecord): EndpointRecord | undefined {
  if (status === 'Disabled') return undefined;
  const enabled = endpoints
    .filter((endpoint) => endpoint.status === 'Enabled')
    .toSorted((a, b) => a.priority - b.priority);
  return enabled.find(({ monitor, alwaysServe }) => monitor !== 'Degraded' || alwaysServe === 'Enabled') ?? enabled[0];
}

export function profileMonitorStatus({ status, endpoints }: ProfileRecord): string {
  const enabled = endpoints.filter((endpoint) => endpoint.status === 'Enabled');
  if (status === 'Disabled') return 'Disabled';
  if (enabled.length === 0) return 'Inactive';
  if (enabled.some(({ monitor }) => monitor === 'Degraded')) return 'Degraded';
  return enabled.some(({ monitor }) => monitor === 'CheckingEndpoint') ? 'CheckingEndpoints' : 'Online';
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
