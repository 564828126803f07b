// Machines, disks and networks as a list of resources shows them.
import {
  DISK_TYPE,
  MACHINE_TYPE,
  NETWORK_TYPE,
  NIC_TYPE,
  resourceId,
  SECURITY_GROUP_TYPE,
} from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';

interface Placed {
  readonly name: string;
  readonly group: string;
  readonly region: string;
}

export function computeResources({ world, machines, networks, interfaces }: Cloud, group?: string) {
  const generic = (type: string, item: Placed, provisioningState = 'Succeeded') => ({
    id: resourceId(world.subscription, type, item),
    name: item.name,
    type,
    location: item.region,
    provisioningState,
  });
  const here = networks.networks.filter((network) => sameGroup(network.group, group));
  return [
    ...machines.list(group).map((machine) => generic(MACHINE_TYPE, machine, machine.busy)),
    ...interfaces.list(group).map((one) => generic(NIC_TYPE, one)),
    ...machines.disks(group).map((disk) => generic(DISK_TYPE, disk)),
    ...here.map((network) => generic(NETWORK_TYPE, network)),
    ...networks.securityGroups(group).map((one) => generic(SECURITY_GROUP_TYPE, one)),
  ];
}

const sameGroup = (a: string, b: string | undefined) => b === undefined || a.toLowerCase() === b.toLowerCase();
