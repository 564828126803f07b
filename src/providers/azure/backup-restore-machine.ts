import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { parseResourceId } from '../../model/resource-id.ts';
import { ProviderError } from '../provider-error.ts';
import {
  DISK_TYPE,
  MACHINE_TYPE,
  NIC_TYPE,
  resourceInput,
  STORAGE_TYPE,
  SUBNET_TYPE,
  VAULT_TYPE,
} from '../resource-input.ts';
import type { World } from '../world.ts';
import { type BackupJob, checkCompleted, isOver } from './backup/backup-job.ts';
import { afterJob, isOfAttempt, ownJobOver, ownJobs, ownJobsOver } from './backup/own-jobs.ts';
import { pointInput } from './backup/recovery-points.ts';
import { disksOf, removeDisks, removeInterfaces, removeMachine } from './backup/remove-restored.ts';
import { groupIdOf, restoredPoint, startRestore } from './backup/restore-job.ts';
import { findMachine } from './backup/restored-machine.ts';

const input = z.strictObject({
  vault: resourceInput(VAULT_TYPE),
  machine: resourceInput(MACHINE_TYPE).describe('The protected machine whose copy is restored; it is only read'),
  target: resourceInput(MACHINE_TYPE).describe('The new machine; nothing may stand there'),
  subnet: resourceInput(SUBNET_TYPE).describe('Where the new machine stands: without a route to production'),
  stagingAccount: resourceInput(STORAGE_TYPE).describe('Where the service writes down how the machine was configured'),
  point: pointInput,
});
type Input = z.infer<typeof input>;

/** A new machine from a recovery point, beside the one that was backed up. It is the run's own: nothing else is adopted or removed. */
export const backupRestoreMachine = defineAction<Input, World>({
  name: 'azure/backup.restore-machine',
  title: 'Restore a virtual machine from a recovery point, as a new machine',
  kind: 'write',
  input,
  writes: () => [],
  creates: ({ target }) => [target, namedAfter(target, DISK_TYPE), namedAfter(target, NIC_TYPE)],
  reads: ({ vault, machine, subnet, stagingAccount }) => [vault, machine, subnet, stagingAccount],
  permissions: [
    'Microsoft.RecoveryServices/vaults/read',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read',
    'Microsoft.RecoveryServices/vaults/backupJobs/read',
    'Microsoft.Compute/virtualMachines/read',
    'Microsoft.Compute/virtualMachines/write',
    'Microsoft.Compute/virtualMachines/delete',
    'Microsoft.Compute/disks/read',
    'Microsoft.Compute/disks/write',
    'Microsoft.Compute/disks/delete',
    'Microsoft.Network/networkInterfaces/read',
    'Microsoft.Network/networkInterfaces/delete',
    'Microsoft.Resources/tags/write',
    'Microsoft.Network/virtualNetworks/subnets/join/action',
    'Microsoft.Storage/storageAccounts/read',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: jobs took 66 to 1,839 s; the one to an alternate location 146 s.
  forecast: { operation: 'POST Microsoft.RecoveryServices/vaults/restore', typicalMs: 146_000 },
  inspect,
  start: (given, context) =>
    startRestore(
      given,
      {
        recoveryType: 'AlternateLocation',
        targetVirtualMachineId: given.target,
        targetResourceGroupId: groupIdOf(given.target),
        virtualNetworkId: given.subnet.replace(/\/subnets\/[^/]+$/i, ''),
        subnetId: given.subnet,
      },
      context,
    ),
  observe: async (given, handle, context) => {
    const job = await ownJobOver(given.vault, handle, context);
    checkCompleted(job);
    return afterJob(() => restored(given, job, context));
  },
  takeBack: async ({ vault, target }, _before, context) => {
    const jobs = await ownJobsOver(vault, context);
    const restored = { machine: target, group: groupIdOf(target) };
    const disks = await disksOf(jobs, restored.group, context);
    const removed = await removeMachine(restored, disks, context);
    const interfaces = await removeInterfaces(restored, context);
    await removeDisks(disks, context);
    return { machine: target, removed, disks, interfaces };
  },
});

/** The service names the disks and interfaces that it makes; all that is known before is how their names begin. */
const namedAfter = (target: string, type: string): string =>
  `${groupIdOf(target)}/providers/${type}/${parseResourceId(target)?.name ?? ''}-*`;

async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const stands = (await findMachine(given.target, context.world, context.signal)) !== undefined;
  const jobs = await ownJobs(given.vault, context);
  const [newest] = jobs;
  if (newest === undefined) return unstarted(given, stands);
  const detail = `the job ${newest.id} is ${newest.status}, and ${given.target} ${stands ? 'stands' : 'does not stand'}`;
  if (jobs.some((job) => !isOver(job))) return { finding: 'running', detail };
  if (newest.status === 'Completed')
    return stands
      ? { finding: 'done', detail, output: await restored(given, newest, context) }
      : { finding: 'unknown', detail };
  // The attempt at hand failed; another attempt may begin where nothing stands.
  if (isOfAttempt(newest, context)) checkCompleted(newest);
  return { finding: stands ? 'unknown' : 'not-started', detail };
}

/** Throws ProviderError `name-taken` when somebody else's machine stands there. */
function unstarted({ target }: Input, stands: boolean): Inspection {
  if (stands)
    throw new ProviderError(
      'name-taken',
      `expected nothing at ${target} before it is restored to, found a machine that this run did not make`,
    );
  return { finding: 'not-started', detail: `${target} does not exist, and no job of this step is known` };
}

async function restored(given: Input, job: BackupJob, context: ActionContext<World>): Promise<JsonObject> {
  const { vault, machine, target } = given;
  const seen = await findMachine(target, context.world, context.signal);
  if (seen === undefined || /ing$|^failed$/i.test(seen.state))
    throw new ProviderError(
      'restore-failed',
      `expected ${target} to stand after the job ${job.id}, found ${seen === undefined ? 'nothing' : seen.state}`,
    );
  const point = await restoredPoint(given, job, context);
  return {
    vault,
    source: machine,
    machine: target,
    disks: [...seen.disks],
    interfaces: [...seen.interfaces],
    job: job.id,
    ...point,
  };
}
