// What failovers do to machines: make one from a recovery point, stop one, take one away with its disk.
import { parseResourceId, sameResource } from '../../../model/resource-id.ts';
import { NETWORK_TYPE, resourceId } from '../../world/resource-ids.ts';
import { invalidContent, Refusal } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { MachineWork } from '../machine-plane.ts';
import type { ProtectedItem, RecoveryPoint, Site } from './site-records.ts';

interface Made {
  readonly point: RecoveryPoint;
  readonly work: MachineWork;
}

/** What the machine does in production, wherever it runs. */
export function workOf({ world }: Cloud, { name }: ProtectedItem): MachineWork {
  const { writes, production } = world.machines.find((machine) => machine.name === name) ?? {};
  return { writesEveryMs: writes?.every, production };
}

/** Makes and starts a machine whose disk is a copy of the point. Throws Refusal; then nothing of it stays. */
export async function makeMachine(cloud: Cloud, site: Site, { point, work }: Made): Promise<void> {
  const { plane, siteRecovery } = cloud;
  const { machine: name, group, region } = site;
  checkPlace(cloud, site);
  const disk = diskOf(name);
  siteRecovery.inUse.add(point.id);
  try {
    await plane.disks.create({ name: disk, group, region }, plane.replicas.folder(point.id));
    await plane.machines.create({ name, group, region, subnet: subnetOf(cloud, site) }, disk, work);
  } catch (error) {
    await removeMachine(cloud, name);
    throw error;
  } finally {
    siteRecovery.inUse.delete(point.id);
  }
}

/** Takes a machine and its disk away; nothing happens to what does not stand. */
export async function removeMachine({ plane }: Cloud, name: string): Promise<void> {
  const disk = plane.machines.find(name)?.disk ?? diskOf(name);
  if (plane.machines.find(name) !== undefined) await plane.machines.remove(name);
  if (plane.disks.find(disk) !== undefined) await plane.disks.remove(disk);
}

/** True when it was reached and stands still now. */
export async function stopMachine({ plane }: Cloud, { machine, region }: Site): Promise<boolean> {
  if (!plane.regions.isUp(region) || plane.machines.find(machine)?.running !== true) return false;
  await plane.machines.stop(machine);
  return true;
}

const diskOf = (machine: string) => `${machine}-data`;

function checkPlace({ plane }: Cloud, { machine, region }: Site): void {
  if (!plane.regions.isUp(region))
    throw new Refusal(409, 'RegionNotAvailable', `The region ${region} is not available.`);
  if (plane.machines.find(machine) !== undefined || plane.disks.find(diskOf(machine)) !== undefined)
    throw new Refusal(409, 'VirtualMachineAlreadyExists', `A machine or a disk of '${machine}' stands already.`);
}

/** The network that a client named. Throws Refusal 400 when there is none in that region. */
export function networkIn({ world }: Cloud, id: string, region: string): string {
  const found = world.virtualNetworks.find(
    (network) => sameResource(resourceId(world.subscription, NETWORK_TYPE, network), id) && network.region === region,
  );
  if (found === undefined) throw invalidContent(`expected the id of a virtual network in ${region}, found ${id}`);
  return resourceId(world.subscription, NETWORK_TYPE, found);
}

/** The first subnet of the network; a machine that comes back returns into its own. */
function subnetOf({ world }: Cloud, { network, region, machine }: Site): string | undefined {
  if (network === undefined) return world.machines.find(({ name }) => name === machine)?.subnet;
  const name = parseResourceId(network)?.name;
  const found = world.virtualNetworks.find((known) => known.name === name && known.region === region);
  return found === undefined ? undefined : `${found.name}/${found.subnets[0]?.name}`;
}
