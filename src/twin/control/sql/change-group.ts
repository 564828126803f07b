// Changing and deleting a failover group, which only its primary does.
import * as z from 'zod';
import { SQL_SERVER_TYPE } from '../../world/resource-ids.ts';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { OperationPlan } from '../operations.ts';
import type { ArmRequest } from '../route.ts';
import { SQL_GROUP_POLLS } from '../service-versions.ts';
import { checkGroupIdle } from './failover.ts';
import { groupBody, groupId } from './sql-bodies.ts';
import type { SqlFailoverGroup, SqlServer } from './sql-records.ts';

const GRACE_MINUTES_MIN = 60;

const patchSchema = z.strictObject({
  properties: z.strictObject({
    readWriteEndpoint: z.discriminatedUnion('failoverPolicy', [
      z.strictObject({ failoverPolicy: z.literal('Manual') }),
      z.strictObject({
        failoverPolicy: z.literal('Automatic'),
        failoverWithDataLossGracePeriodMinutes: z.int().min(GRACE_MINUTES_MIN),
      }),
    ]),
  }),
});

/** Changes the policy of the read-write endpoint; anything else of it is refused. */
export function patchGroup(cloud: Cloud, request: ArmRequest, server: SqlServer, group: SqlFailoverGroup): Reply {
  const parsed = patchSchema.safeParse(request.body);
  if (!parsed.success)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      "This twin changes a failover group's readWriteEndpoint: Manual, or Automatic with a grace period from 60 minutes.",
    );
  const endpoint = parsed.data.properties.readWriteEndpoint;
  return start(cloud, request, server, group, {
    verb: 'PATCH',
    label: 'UpdateFailoverGroup',
    change: () => {
      group.policy = endpoint.failoverPolicy;
      if (endpoint.failoverPolicy === 'Automatic') group.graceMinutes = endpoint.failoverWithDataLossGracePeriodMinutes;
    },
    result: () => groupBody(group, server, cloud),
  });
}

export const deleteGroup = (cloud: Cloud, request: ArmRequest, server: SqlServer, group: SqlFailoverGroup): Reply =>
  start(cloud, request, server, group, {
    verb: 'DELETE',
    label: 'DropFailoverGroup',
    change: () => cloud.services.sql.removeGroup(group),
    result: () => undefined,
  });

interface Change {
  readonly verb: 'PATCH' | 'DELETE';
  readonly label: string;
  readonly change: () => void;
  readonly result: OperationPlan['result'];
}

function start(
  cloud: Cloud,
  request: ArmRequest,
  server: SqlServer,
  group: SqlFailoverGroup,
  { verb, label, change, result }: Change,
): Reply {
  if (group.secondary === server)
    throw new Refusal(
      400,
      'FailoverGroupUpdateOrDeleteRequestOnSecondary',
      `Modifications to the failover group '${group.name}' are not allowed on a secondary server.`,
    );
  checkGroupIdle(group);
  group.busy = true;
  return cloud.operations.start(
    request,
    {
      operation: `${verb} ${SQL_SERVER_TYPE}/failoverGroups`,
      label,
      provider: 'Microsoft.Sql',
      location: server.region,
      resource: groupId(cloud, server, group.name),
      polls: SQL_GROUP_POLLS,
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        if (!cloud.plane.regions.isUp(server.region))
          throw new Refusal(409, 'OperationInterrupted', `The server '${server.name}' is not available.`);
        change();
      },
      settle: () => {
        group.busy = false;
      },
      result,
    },
    cloud.signal,
  );
}
