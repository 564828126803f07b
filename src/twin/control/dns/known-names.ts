// Names outside of all zones that the twin's name server knows: Traffic Manager profiles, and hosts that this machine serves.
import { isIPv4 } from 'node:net';
import { shopHost } from '../../world/resource-ids.ts';
import type { DataPlane } from '../data-plane.ts';
import { servedEndpoint, type TrafficProfiles } from '../traffic-profiles.ts';
import type { KnownName } from './dns-answers.ts';

const HOST_TTL_SECONDS = 60;

/** A profile leads to the shop that it serves, as on Azure; a shop is reached at the front of the twin. Undefined for strangers. */
export function knownName(
  { profiles, plane }: { readonly profiles: TrafficProfiles; readonly plane: DataPlane },
  name: string,
): KnownName | undefined {
  const profile = profiles.list().find(({ fqdn }) => fqdn.toLowerCase() === name);
  if (profile !== undefined) {
    const shop = servedEndpoint(profile)?.shop;
    return shop === undefined ? { kind: 'nothing' } : { kind: 'alias', target: shopHost(shop), ttl: profile.ttl };
  }
  const shops = profiles.list().flatMap(({ endpoints }) => endpoints.map(({ shop }) => shopHost(shop)));
  if (shops.includes(name)) return { kind: 'address', address: '127.0.0.1', ttl: HOST_TTL_SECONDS };
  const host = Object.entries(plane.hosts()).find(([known]) => known.toLowerCase() === name)?.[1].host;
  return host !== undefined && isIPv4(host) ? { kind: 'address', address: host, ttl: HOST_TTL_SECONDS } : undefined;
}
