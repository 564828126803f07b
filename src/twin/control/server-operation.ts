// What every long-running operation on a flexible server has in common.
import { resourceId, SERVER_TYPE } from '../world/resource-ids.ts';
import { Refusal, type Reply } from './arm-reply.ts';
import type { Cloud } from './cloud.ts';
import type { Pace } from './operations.ts';
import type { ArmRequest } from './route.ts';
import { checkIdle, type ServerRecord } from './server-records.ts';

export interface ServerWork {
  readonly verb: 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly action?: string;
  readonly variety?: string;
  readonly label: string;
  /** State of the touched servers meanwhile. */
  readonly transition: NonNullable<ServerRecord['transition']>;
  readonly touched: readonly ServerRecord[];
  readonly work: (pace: Pace) => Promise<void>;
  /** Called when it failed, also when nothing of its work was begun. */
  readonly onFailed?: () => void;
  readonly result?: () => unknown;
}

/** Throws Refusal 409 when a touched server is busy. */
export function startOnServer(cloud: Cloud, request: ArmRequest, server: ServerRecord, asked: ServerWork): Reply {
  for (const touched of asked.touched) checkIdle(touched);
  for (const touched of asked.touched) touched.transition = asked.transition;
  return cloud.operations.start(
    request,
    {
      operation: `${asked.verb} ${SERVER_TYPE}${asked.action === undefined ? '' : `/${asked.action}`}`,
      ...(asked.variety === undefined ? {} : { variety: asked.variety }),
      label: asked.label,
      provider: 'Microsoft.DBforPostgreSQL',
      location: server.region,
      resource: resourceId(cloud.world.subscription, SERVER_TYPE, server),
      work: asked.work,
      ...(asked.onFailed === undefined ? {} : { onFailed: asked.onFailed }),
      settle: () => {
        for (const touched of asked.touched) touched.transition = undefined;
      },
      result: asked.result ?? (() => undefined),
    },
    cloud.signal,
  );
}

/** Throws Refusal 409: the control plane lives on when a region is lost, and what it can do for a server there is nothing. */
export function checkUp({ name, region }: Pick<ServerRecord, 'name' | 'region'>, { plane }: Cloud): void {
  if (plane.regions.isUp(region)) return;
  throw new Refusal(
    409,
    'ServerIsDisabled',
    `Cannot complete operation because server '${name}' is in state Disabled: the region ${region} is not available.`,
  );
}
