// The three ways to make the secondary of a failover group or of a replication link the primary.
import { SQL_SERVER_TYPE } from '../../world/resource-ids.ts';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { SQL_GROUP_POLLS, SQL_LINK_POLLS } from '../service-versions.ts';
import { groupBody, groupId, linkBody, linkId } from './sql-bodies.ts';
import type { SqlFailoverGroup, SqlLink, SqlServer } from './sql-records.ts';

export type FailoverWay = 'failover' | 'forceFailoverAllowDataLoss' | 'tryPlannedBeforeForcedFailover';

/** Asked of the secondary. Throws Refusal 400 on the primary, 409 while another operation is at work. */
export function failOverGroup(
  cloud: Cloud,
  request: ArmRequest,
  way: FailoverWay,
  server: SqlServer,
  group: SqlFailoverGroup,
): Reply {
  if (group.primary === server)
    throw new Refusal(
      400,
      'FailoverGroupFailoverRequestOnPrimary',
      `The failover request should be initiated on the secondary server of the failover group '${group.name}'.`,
    );
  checkGroupIdle(group);
  group.busy = true;
  return cloud.operations.start(
    request,
    {
      operation: `POST ${SQL_SERVER_TYPE}/failoverGroups/${way}`,
      label: way === 'failover' ? 'FailoverFailoverGroup' : 'ForceFailoverAllowDataLossFailoverGroup',
      provider: 'Microsoft.Sql',
      location: server.region,
      resource: groupId(cloud, server, group.name),
      polls: SQL_GROUP_POLLS,
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        checkRegions(cloud, way, group);
        for (const side of [group, ...group.links]) changePlaces(side);
      },
      settle: () => {
        group.busy = false;
      },
      result: () => groupBody(group, server, cloud),
    },
    cloud.signal,
  );
}

/** Asked of the secondary. Throws Refusal 400 on the primary, 409 for a link of a failover group or while it is at work. */
export function failOverLink(
  cloud: Cloud,
  request: ArmRequest,
  way: 'failover' | 'forceFailoverAllowDataLoss',
  server: SqlServer,
  link: SqlLink,
): Reply {
  if (link.primary === server)
    throw new Refusal(
      400,
      'GeoReplicationDatabaseNotSecondary',
      `The operation expects the database '${link.database}' to be a replication target.`,
    );
  if (cloud.services.sql.groupOf(link) !== undefined)
    throw new Refusal(
      409,
      'FailoverGroupAlreadySetup',
      'The operation cannot be performed because the geo-replication link is part of a failover group.',
    );
  checkLinkIdle(link);
  link.busy = true;
  return cloud.operations.start(
    request,
    {
      operation: `POST ${SQL_SERVER_TYPE}/databases/replicationLinks/${way}`,
      label: 'FailoverReplicationLink',
      provider: 'Microsoft.Sql',
      location: server.region,
      resource: linkId(cloud, server, link),
      polls: SQL_LINK_POLLS,
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        checkRegions(cloud, way, link);
        changePlaces(link);
      },
      settle: () => {
        link.busy = false;
      },
      result: () => linkBody(link, server, cloud),
    },
    cloud.signal,
  );
}

interface Pair {
  primary: SqlServer;
  secondary: SqlServer;
}

/** Throws Refusal 409 while another operation is at work. */
export function checkGroupIdle({ name, busy, links }: SqlFailoverGroup): void {
  if (busy)
    throw new Refusal(
      409,
      'ConflictingServerOperation',
      `An operation is in progress on the failover group '${name}'.`,
    );
  for (const link of links) checkLinkIdle(link);
}

function checkLinkIdle({ database, busy }: SqlLink): void {
  if (busy)
    throw new Refusal(409, 'ManagementServiceDatabaseBusy', `Database '${database}' is busy with another operation.`);
}

/** A planned failover needs both regions at its end, any other one only the region that takes over. */
function checkRegions({ plane }: Cloud, way: FailoverWay, { primary, secondary }: Pair): void {
  if (!plane.regions.isUp(secondary.region))
    throw new Refusal(409, 'OperationInterrupted', `The server '${secondary.name}' is not available.`);
  if (way === 'failover' && !plane.regions.isUp(primary.region))
    throw new Refusal(
      400,
      'PlannedFailoverTimedOut',
      `The planned failover timed out while trying to contact the partner server '${primary.name}'.`,
    );
}

function changePlaces(pair: Pair): void {
  const { primary, secondary } = pair;
  pair.primary = secondary;
  pair.secondary = primary;
}
