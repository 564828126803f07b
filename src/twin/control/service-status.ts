// Services that are records only, at a glance.
import type { Cloud } from './cloud.ts';
import { writeRegion } from './cosmos/cosmos-records.ts';
import { replicationState } from './sql/sql-bodies.ts';

/** One line of the status: what it is, and who is in charge. */
export interface ServiceStatus {
  readonly kind: 'sql-server' | 'sql-failover-group' | 'service-bus' | 'event-hubs' | 'cosmos' | 'key-vault' | 'alias';
  readonly name: string;
  readonly region: string;
  readonly state: string;
}

export function serviceStatuses(cloud: Cloud): readonly ServiceStatus[] {
  const { sql, messaging, cosmos, keyVaults } = cloud.services;
  const upState = (region: string) => (cloud.plane.regions.isUp(region) ? 'up' : 'region lost');
  return [
    ...sql.servers
      .list()
      .map(({ name, region }) => ({ kind: 'sql-server' as const, name, region, state: upState(region) })),
    ...sql.groups().map((group) => ({
      kind: 'sql-failover-group' as const,
      name: group.name,
      region: group.primary.region,
      state: `${group.primary.name} to ${group.secondary.name} ${group.busy ? 'changing' : replicationState(group, cloud)}`,
    })),
    ...messaging.flatMap(({ service, namespaces }) =>
      namespaces.list().map(({ name, region }) => ({
        kind: service.provider === 'Microsoft.ServiceBus' ? ('service-bus' as const) : ('event-hubs' as const),
        name,
        region,
        state: upState(region),
      })),
    ),
    ...messaging.flatMap((records) =>
      records.aliases().map(({ name, primary, secondary, state }) => ({
        kind: 'alias' as const,
        name,
        region: primary.region,
        state: `${primary.name}${secondary === undefined ? ' alone' : ` to ${secondary.name}`} ${state}`,
      })),
    ),
    ...cosmos.list().map((account) => ({
      kind: 'cosmos' as const,
      name: account.name,
      region: writeRegion(account) ?? '',
      state: account.offline.length === 0 ? account.state : `${account.state}, offline: ${account.offline.join(', ')}`,
    })),
    ...keyVaults
      .list()
      .map(({ name, region }) => ({ kind: 'key-vault' as const, name, region, state: upState(region) })),
  ];
}
