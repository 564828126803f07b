// What a restore request asks for, held against what is there.
import * as z from 'zod';
import { parseResourceId, sameResource } from '../../../model/resource-id.ts';
import { MACHINE_TYPE, STORAGE_TYPE, SUBNET_TYPE } from '../../world/resource-ids.ts';
import { invalidContent, Refusal, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { BackupJob } from './backup-jobs.ts';
import { findPoint, machineIdOf, type PointRecord } from './vault-records.ts';

/** Where a copy goes. `machine` and `subnet` only of a restore to an alternate location. */
export interface RestoreTarget {
  readonly point: PointRecord;
  readonly type: 'RestoreDisks' | 'AlternateLocation';
  readonly group: string;
  readonly region: string;
  readonly stagingAccount: string;
  readonly machine?: string;
  /** `network/subnet`. */
  readonly subnet?: string;
}

const requestSchema = z.looseObject({
  objectType: z.literal('IaasVMRestoreRequest'),
  recoveryPointId: z.string().min(1),
  recoveryType: z.string(),
  sourceResourceId: z.string(),
  storageAccountId: z.string().optional(),
  targetResourceGroupId: z.string().optional(),
  targetVirtualMachineId: z.string().optional(),
  virtualNetworkId: z.string().optional(),
  subnetId: z.string().optional(),
  region: z.string().min(1),
});
type RestoreRequest = z.infer<typeof requestSchema>;

/** Throws Refusal for everything that the service refuses before it starts a job. `given`: the properties of the request. */
export function restoreTarget(
  cloud: Cloud,
  { vault, item }: Pick<BackupJob, 'vault' | 'item'>,
  given: unknown,
): RestoreTarget {
  const parsed = requestSchema.safeParse(given);
  if (!parsed.success) throw invalidContent(`expected an IaasVMRestoreRequest: ${z.prettifyError(parsed.error)}`);
  const request = parsed.data;
  const point = findPoint(item, request.recoveryPointId);
  if (!sameResource(request.sourceResourceId, machineIdOf(cloud.world.subscription, item)))
    throw invalidContent(`expected the protected machine as sourceResourceId, found ${request.sourceResourceId}`);
  if (request.region.toLowerCase() !== vault.region)
    throw invalidContent(`expected the region of the vault (${vault.region}), found ${request.region}`);
  const common = {
    point,
    region: vault.region,
    stagingAccount: stagingAccountOf(cloud, request),
    group: targetGroupOf(cloud, request),
  };
  if (request.recoveryType === 'RestoreDisks') return { ...common, type: 'RestoreDisks' };
  if (request.recoveryType === 'AlternateLocation')
    return { ...common, type: 'AlternateLocation', ...machineOf(cloud, common.group, request) };
  throw new Refusal(
    400,
    'UnsupportedByTwin',
    `This twin restores disks and to an alternate location, found ${request.recoveryType}.`,
  );
}

/** The service puts what describes the restored machine there; without it a restore is refused. */
function stagingAccountOf({ accounts }: Cloud, { storageAccountId = '' }: RestoreRequest): string {
  const asked = parseResourceId(storageAccountId);
  if (asked === undefined || !sameResource(asked.type, STORAGE_TYPE))
    throw invalidContent('expected the ARM id of a storage account as storageAccountId, found none');
  return accounts.get(asked.group, asked.name).name;
}

function targetGroupOf({ groups }: Cloud, { targetResourceGroupId = '' }: RestoreRequest): string {
  const name = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i.exec(targetResourceGroupId)?.[1];
  if (name === undefined)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      'This twin restores managed disks: expected a targetResourceGroupId, found none.',
    );
  return groups.get(name).name;
}

function machineOf(
  cloud: Cloud,
  group: string,
  { targetVirtualMachineId = '', virtualNetworkId = '', subnetId = '' }: RestoreRequest,
): { readonly machine: string; readonly subnet: string } {
  const machine = parseResourceId(targetVirtualMachineId);
  if (machine === undefined || !sameResource(machine.type, MACHINE_TYPE) || !sameResource(machine.group, group))
    throw invalidContent(`expected a virtual machine in ${group} as targetVirtualMachineId, found another id`);
  if (cloud.plane.machines.find(machine.name) !== undefined)
    throw new Refusal(409, 'UserErrorVirtualMachineAlreadyExists', `The machine '${machine.name}' already exists.`);
  const subnet = parseResourceId(subnetId);
  if (subnet === undefined || !sameResource(subnet.type, SUBNET_TYPE))
    throw invalidContent('expected the ARM id of a subnet as subnetId, found none');
  if (!subnetId.toLowerCase().startsWith(`${virtualNetworkId.toLowerCase()}/subnets/`))
    throw invalidContent('expected a subnet of the virtual network that virtualNetworkId names, found another');
  return { machine: machine.name, subnet: subnetIn(cloud, subnet.group, subnet.name) };
}

/** `name`: network and subnet, as asked; gives them as the world writes them. Throws Refusal 404. */
function subnetIn({ world }: Cloud, group: string, name: string): string {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const found = world.virtualNetworks
    .filter((network) => same(network.group, group))
    .flatMap((network) => network.subnets.map((subnet) => `${network.name}/${subnet.name}`))
    .find((known) => same(known, name));
  if (found === undefined) throw resourceNotFound(SUBNET_TYPE, name, group);
  return found;
}
