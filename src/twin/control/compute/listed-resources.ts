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
import { nicName } from './compute-bodies.ts';

interface Placed {
  readonly name: string;
  readonly group: string;
  readonly region: string;
}

export function computeResources({ world, machines, networks }: Cloud, group?: string) {
  const generic = (type: string, item: Placed, provisioningState = 'Succeeded') => ({
    id: resourceId(world.subscription, type, item),
    name: item.name,
    type,
    location: item.region,
    provisioningState,
  });
  const listed = machines.list(group);
  const here = networks.networks.filter((network) => sameGroup(network.group, group));
  return [
    ...listed.map((machine) => generic(MACHINE_TYPE, machine, machine.busy)),
    ...listed.map((machine) => generic(NIC_TYPE, { ...machine, name: nicName(machine.name) })),
    ...machines.disks(group).map((disk) => generic(DISK_TYPE, disk)),
    ...here.map((network) => generic(NETWORK_TYPE, network)),
    ...networks.securityGroups(group).map((one) => generic(SECURITY_GROUP_TYPE, one)),
  ];
}

const sameGroup = (a: string, b: string | undefined) => b === undefined || a.toLowerCase() === b.toLowerCase();
