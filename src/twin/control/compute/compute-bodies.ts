// Machines and disks as Azure shows them. What this twin has none of (image, sizes of disks) is declared and changes nothing.
import { createHash } from 'node:crypto';
import { DISK_TYPE, MACHINE_TYPE, NIC_TYPE, resourceId } from '../../world/resource-ids.ts';
import type { DiskPlace } from '../machine-plane.ts';
import type { MachineRecord } from './machine-records.ts';

const DECLARED_SIZE = 'Standard_D2s_v3';
const DECLARED_GIB = 32;

/** `card`: the name of its network interface. */
export function machineBody(
  machine: MachineRecord,
  subscription: string,
  { card, withView }: { readonly card: string; readonly withView: boolean },
) {
  const { name, group, region, disk } = machine;
  const id = resourceId(subscription, MACHINE_TYPE, machine);
  return {
    id,
    name,
    type: MACHINE_TYPE,
    location: region,
    properties: {
      vmId: uuidOf(id),
      provisioningState: machine.busy ?? 'Succeeded',
      hardwareProfile: { vmSize: DECLARED_SIZE },
      storageProfile: {
        osDisk: { name: `${name}-os`, osType: 'Linux', createOption: 'FromImage', caching: 'ReadWrite' },
        dataDisks: [
          {
            lun: 0,
            name: disk,
            createOption: 'Attach',
            caching: 'None',
            diskSizeGB: DECLARED_GIB,
            managedDisk: { id: resourceId(subscription, DISK_TYPE, { name: disk, group }) },
          },
        ],
      },
      networkProfile: {
        networkInterfaces: [
          { id: resourceId(subscription, NIC_TYPE, { name: card, group }), properties: { primary: true } },
        ],
      },
      ...(withView ? { instanceView: viewBody(machine) } : {}),
    },
  };
}

const DISPLAYED = { running: 'VM running', stopped: 'VM stopped', deallocated: 'VM deallocated' } as const;

export const viewBody = ({ power, busy }: MachineRecord) => ({
  statuses: [
    {
      code: `ProvisioningState/${busy === undefined ? 'succeeded' : busy.toLowerCase()}`,
      level: 'Info',
      displayStatus: busy === undefined ? 'Provisioning succeeded' : busy,
    },
    { code: `PowerState/${power}`, level: 'Info', displayStatus: DISPLAYED[power] },
  ],
});

export function diskBody(
  disk: DiskPlace,
  {
    owner,
    tags,
  }: { readonly owner: MachineRecord | undefined; readonly tags: Readonly<Record<string, string>> | undefined },
  subscription: string,
) {
  const id = resourceId(subscription, DISK_TYPE, disk);
  return {
    id,
    name: disk.name,
    type: DISK_TYPE,
    location: disk.region,
    ...(tags === undefined ? {} : { tags }),
    ...(owner === undefined ? {} : { managedBy: resourceId(subscription, MACHINE_TYPE, owner) }),
    sku: { name: 'Premium_LRS', tier: 'Premium' },
    properties: {
      uniqueId: uuidOf(id),
      creationData: { createOption: tags === undefined ? 'Empty' : 'Restore' },
      diskSizeGB: DECLARED_GIB,
      diskState: owner === undefined ? 'Unattached' : 'Attached',
      provisioningState: 'Succeeded',
    },
  };
}

/** The same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
