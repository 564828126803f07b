// Looks at every enabled endpoint on its profile's schedule and steers each profile's host name.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from './data-plane.ts';
import { type EndpointRecord, type ProfileRecord, servedEndpoint, type TrafficProfiles } from './traffic-profiles.ts';

export interface EndpointMonitor {
  /** Steers again after a profile was changed. */
  readonly steer: () => void;
  /** Resolves when nothing is looked at any more. */
  readonly closed: Promise<void>;
}

/** Runs until the signal fires. */
export function startEndpointMonitor(
  profiles: TrafficProfiles,
  traffic: Traffic,
  signal: AbortSignal,
): EndpointMonitor {
  const steer = () => {
    for (const profile of profiles.list()) traffic.steer(profile.fqdn, servedEndpoint(profile)?.shop);
  };
  steer();
  const closed = Promise.all(profiles.list().map((profile) => watch(profile, traffic, steer, signal)));
  return { steer, closed: closed.then(() => undefined) };
}

async function watch(profile: ProfileRecord, traffic: Traffic, steer: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(profile.endpoints.map((endpoint) => look(endpoint, profile, traffic)));
    if (signal.aborted) return;
    steer();
    await sleep(profile.monitorConfig.intervalInSeconds * 1000, undefined, { signal }).catch(() => {});
  }
}

/** More failures in a row than tolerated make an endpoint degraded; one good answer makes it online again. */
async function look(endpoint: EndpointRecord, { monitorConfig }: ProfileRecord, traffic: Traffic): Promise<void> {
  if (endpoint.status === 'Disabled') return;
  const healthy = await traffic
    .shopHealthy(endpoint.shop, monitorConfig.path, monitorConfig.timeoutInSeconds * 1000)
    .catch(() => false);
  endpoint.failures = healthy ? 0 : endpoint.failures + 1;
  if (healthy) endpoint.monitor = 'Online';
  else if (endpoint.failures > monitorConfig.toleratedNumberOfFailures) endpoint.monitor = 'Degraded';
}
