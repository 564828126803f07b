// POST …/replicationProtectionContainers/{container}/switchprotection: the way back of one machine is replicated.
import * as z from 'zod';
import { invalidContent, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { reProtect } from './failover.ts';
import { idsOf, type VaultPlace } from './ids.ts';
import { parseProperties } from './point-choice.ts';
import { same } from './site-records.ts';
import { itemTarget } from './start-job.ts';

const switchSchema = z.looseObject({
  replicationProtectedItemName: z.string(),
  providerSpecificDetails: z.looseObject({
    instanceType: z.literal('A2A'),
    recoveryContainerId: z.string().optional(),
  }),
});

/** Throws Refusal 400 when the container that is named as the new target is another one than where the machine came from. */
export function switchProtection(cloud: Cloud, request: ArmRequest, place: VaultPlace): Reply {
  const { replicationProtectedItemName: name, providerSpecificDetails } = parseProperties(switchSchema, request.body);
  const item = cloud.siteRecovery.records.item(place, { ...request.names, item: name });
  const ids = idsOf(cloud.world.subscription, place);
  const { recoveryContainerId: asked } = providerSpecificDetails;
  const known = [ids.container(item.from.region), ids.container(item.to.region)];
  if (asked !== undefined && !known.some((id) => same(id, asked)))
    throw invalidContent(`expected the container of ${item.from.region} or ${item.to.region}, found ${asked}`);
  return reProtect(cloud, request, itemTarget(item), 'switchprotection');
}
