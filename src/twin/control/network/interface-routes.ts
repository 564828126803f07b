// Deletion of a network interface: only of one that no machine has.
import { NIC_TYPE, resourceId } from '../../world/resource-ids.ts';
import { noContent, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';

/** Throws Refusal 400 `NicInUse`. */
export function removeInterface(cloud: Cloud, request: ArmRequest, group: string): Reply {
  const { interfaces, operations, world, signal } = cloud;
  const name = request.names['name']?.toLowerCase();
  const one = interfaces.list(group).find((found) => found.name.toLowerCase() === name);
  if (one === undefined) return noContent;
  if (one.machine !== undefined)
    throw new Refusal(
      400,
      'NicInUse',
      `Network interface '${one.name}' is used by the virtual machine '${one.machine.name}' and cannot be deleted.`,
    );
  interfaces.begin(one);
  return operations.start(
    request,
    {
      operation: `DELETE ${NIC_TYPE}`,
      label: 'DeleteNetworkInterfaceOperation',
      provider: 'Microsoft.Network',
      location: one.region,
      resource: resourceId(world.subscription, NIC_TYPE, one),
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        interfaces.remove(one);
      },
      settle: () => interfaces.settle(one),
      result: () => undefined,
    },
    signal,
  );
}
