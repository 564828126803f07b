// Microsoft.Compute/virtualMachines and disks: reading, power, deletion.
import { DISK_TYPE, MACHINE_TYPE, resourceId } from '../../world/resource-ids.ts';
import { noContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { diskBody, machineBody, viewBody } from './compute-bodies.ts';
import type { MachineRecord } from './machine-records.ts';
import { refusedWrites } from './refused-writes.ts';

const MACHINE_VERSIONS = ['2023-09-01', '2024-03-01', '2024-07-01', '2025-04-01', '2026-04-01'];
const DISK_VERSIONS = ['2023-04-02', '2023-10-02', '2024-03-02', '2025-01-02', '2026-03-02'];
export const COMPUTE_VERSIONS = [...MACHINE_VERSIONS, ...DISK_VERSIONS];
const inGroup = (type: string) => `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}`;
const inSubscription = (type: string) => `/subscriptions/{subscription}/providers/${type}`;
/** What is powered on or off is so this long before the end of the operation, at most. */
const LEAD_MS = 500;

export function computeRoutes(cloud: Cloud): readonly Route[] {
  const { subscription } = cloud.world;
  const machineOf = ({ names: { group = '', name = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cloud.machines.get(group, name);
  };
  const bodyOf = (machine: MachineRecord, withView: boolean) =>
    machineBody(machine, subscription, { card: cloud.interfaces.nameOf(machine.name), withView });
  const shown = (request: ArmRequest, machine: MachineRecord) =>
    bodyOf(machine, /instanceView/i.test(request.query.get('$expand') ?? ''));
  const listed = (request: ArmRequest, group?: string) => {
    const withView = request.query.get('statusOnly') === 'true';
    const bodies = cloud.machines.list(group).map((machine) => bodyOf(machine, withView));
    return page(request, cloud.endpoint(), bodies);
  };
  const machine = `${inGroup(MACHINE_TYPE)}/{name}`;
  return [
    ...served(MACHINE_VERSIONS, [
      { method: 'GET', path: inSubscription(MACHINE_TYPE), handle: (request) => listed(request) },
      {
        method: 'GET',
        path: inGroup(MACHINE_TYPE),
        handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
      },
      { method: 'GET', path: machine, handle: (request) => ok(shown(request, machineOf(request))) },
      { method: 'GET', path: `${machine}/instanceView`, handle: (request) => ok(viewBody(machineOf(request))) },
      { method: 'POST', path: `${machine}/start`, handle: (request) => power(cloud, request, 'start') },
      { method: 'POST', path: `${machine}/powerOff`, handle: (request) => power(cloud, request, 'powerOff') },
      { method: 'POST', path: `${machine}/deallocate`, handle: (request) => power(cloud, request, 'deallocate') },
      { method: 'DELETE', path: machine, handle: (request) => removeMachine(cloud, request) },
      ...refusedWrites(['PUT'], machine, 'virtual machines', 'a vault or Site Recovery makes them'),
    ]),
    ...diskRoutes(cloud),
  ];
}

function diskRoutes(cloud: Cloud): readonly Route[] {
  const view = (disk: Parameters<typeof diskBody>[0]) =>
    diskBody(
      disk,
      { owner: cloud.machines.ownerOf(disk.name), tags: cloud.machines.restoredTags(disk.name) },
      cloud.world.subscription,
    );
  const listed = (request: ArmRequest, group?: string) =>
    page(request, cloud.endpoint(), cloud.machines.disks(group).map(view));
  return served(DISK_VERSIONS, [
    { method: 'GET', path: inSubscription(DISK_TYPE), handle: (request) => listed(request) },
    {
      method: 'GET',
      path: inGroup(DISK_TYPE),
      handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    {
      method: 'GET',
      path: `${inGroup(DISK_TYPE)}/{name}`,
      handle: ({ names }) => ok(view(cloud.machines.disk(names['group'] ?? '', names['name'] ?? ''))),
    },
    { method: 'DELETE', path: `${inGroup(DISK_TYPE)}/{name}`, handle: (request) => removeDisk(cloud, request) },
    ...refusedWrites(['PUT'], `${inGroup(DISK_TYPE)}/{name}`, 'disks', 'a vault or Site Recovery makes them'),
  ]);
}

const LABELS = {
  start: 'VirtualMachines.Start',
  powerOff: 'VirtualMachines.PowerOff',
  deallocate: 'VirtualMachines.Deallocate',
} as const;

function power(cloud: Cloud, request: ArmRequest, what: keyof typeof LABELS): Reply {
  const machine = cloud.machines.get(request.names['group'] ?? '', request.names['name'] ?? '');
  checkRegion(cloud, machine);
  cloud.machines.begin(machine, 'Updating');
  const { machines } = cloud.plane;
  return cloud.operations.start(
    request,
    {
      ...operationOn(cloud, machine),
      operation: `POST ${MACHINE_TYPE}/${what}`,
      label: LABELS[what],
      work: async (pace) => {
        await pace.untilBeforeEnd(LEAD_MS);
        checkRegion(cloud, machine);
        await (what === 'start' ? machines.start(machine.name) : machines.stop(machine.name));
        // A machine that is only powered off keeps its hardware, also when it is powered off while deallocated.
        if (what !== 'powerOff') cloud.machines.noteDeallocated(machine.name, what === 'deallocate');
      },
      result: () => undefined,
    },
    cloud.signal,
  );
}

function removeMachine(cloud: Cloud, request: ArmRequest): Reply {
  const { group = '', name = '' } = request.names;
  cloud.groups.get(group);
  const machine = cloud.machines.list(group).find((found) => found.name === name.toLowerCase());
  if (machine === undefined) return noContent;
  cloud.machines.begin(machine, 'Deleting');
  return cloud.operations.start(
    request,
    {
      ...operationOn(cloud, machine),
      operation: `DELETE ${MACHINE_TYPE}`,
      label: 'VirtualMachines.Delete',
      work: async (pace) => {
        await pace.untilBeforeEnd(LEAD_MS);
        await cloud.plane.machines.remove(machine.name);
        cloud.interfaces.leave(machine);
      },
      result: () => undefined,
    },
    cloud.signal,
  );
}

function removeDisk(cloud: Cloud, request: ArmRequest): Reply {
  const { group = '', name = '' } = request.names;
  cloud.groups.get(group);
  const disk = cloud.machines.disks(group).find((found) => found.name.toLowerCase() === name.toLowerCase());
  if (disk === undefined) return noContent;
  const owner = cloud.machines.ownerOf(disk.name);
  if (owner !== undefined)
    throw new Refusal(409, 'OperationNotAllowed', `Disk ${disk.name} is attached to VM ${owner.name}.`);
  return cloud.operations.start(
    request,
    {
      operation: `DELETE ${DISK_TYPE}`,
      label: 'Disks.Delete',
      provider: 'Microsoft.Compute',
      location: disk.region,
      resource: resourceId(cloud.world.subscription, DISK_TYPE, disk),
      work: async (pace) => {
        await pace.untilBeforeEnd(LEAD_MS);
        await cloud.plane.disks.remove(disk.name);
      },
      settle: () => undefined,
      result: () => undefined,
    },
    cloud.signal,
  );
}

const operationOn = (cloud: Cloud, machine: MachineRecord) => ({
  provider: 'Microsoft.Compute',
  location: machine.region,
  resource: resourceId(cloud.world.subscription, MACHINE_TYPE, machine),
  settle: () => cloud.machines.settle(machine.name),
});

function checkRegion({ plane }: Cloud, { name, region }: MachineRecord): void {
  if (!plane.regions.isUp(region))
    throw new Refusal(
      409,
      'AllocationFailed',
      `The virtual machine '${name}' cannot be changed: ${region} is not available.`,
    );
}
