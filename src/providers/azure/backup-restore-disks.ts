import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { parseResourceId } from '../../model/resource-id.ts';
import { ProviderError } from '../provider-error.ts';
import { DISK_TYPE, MACHINE_TYPE, resourceInput, STORAGE_TYPE, VAULT_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { type BackupJob, checkCompleted, isOver } from './backup/backup-job.ts';
import { afterJob, isOfAttempt, ownJobOver, ownJobs, ownJobsOver } from './backup/own-jobs.ts';
import { pointInput } from './backup/recovery-points.ts';
import { disksOf, removeDisks } from './backup/remove-restored.ts';
import { restoredPoint, startRestore } from './backup/restore-job.ts';

const input = z.strictObject({
  vault: resourceInput(VAULT_TYPE),
  machine: resourceInput(MACHINE_TYPE).describe('The protected machine whose disks are restored; it is only read'),
  group: z
    .string()
    .regex(/^[A-Za-z0-9._()-]{1,90}$/, 'expected the name of a resource group')
    .describe(
      "Resource group of the new disks, in the subscription of the vault; no disk with a name that begins with the machine's and - may stand there",
    ),
  stagingAccount: resourceInput(STORAGE_TYPE).describe('Where the service writes down how the machine was configured'),
  point: pointInput,
});
type Input = z.infer<typeof input>;

/** New disks from a recovery point. They are the run's own: nothing else is adopted or removed. */
export const backupRestoreDisks = defineAction<Input, World>({
  name: 'azure/backup.restore-disks',
  title: 'Restore the disks of a virtual machine from a recovery point, as new disks',
  kind: 'write',
  input,
  writes: () => [],
  creates: (given) => [restoredDisks(given)],
  reads: ({ vault, machine, stagingAccount }) => [vault, machine, stagingAccount],
  permissions: [
    'Microsoft.RecoveryServices/vaults/read',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read',
    'Microsoft.RecoveryServices/vaults/backupJobs/read',
    'Microsoft.Compute/disks/read',
    'Microsoft.Compute/disks/write',
    'Microsoft.Compute/disks/delete',
    'Microsoft.Storage/storageAccounts/read',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 69 and 1,839 s for the same disk.
  forecast: { operation: 'POST Microsoft.RecoveryServices/vaults/restore', typicalMs: 146_000 },
  inspect,
  start: (given, context) =>
    startRestore(given, { recoveryType: 'RestoreDisks', targetResourceGroupId: groupId(given) }, context),
  observe: async (given, handle, context) => {
    const job = await ownJobOver(given.vault, handle, context);
    checkCompleted(job);
    return afterJob(() => restored(given, job, context));
  },
  takeBack: async (given, _before, context) => {
    const disks = await disksOf(await ownJobsOver(given.vault, context), groupId(given), context);
    await removeDisks(disks, context);
    return { disks };
  },
});

const groupId = ({ vault, group }: Input): string =>
  `/subscriptions/${parseResourceId(vault)?.subscription ?? ''}/resourceGroups/${group}`;

/** The service names the disks that it makes; all that is known before is how their names begin. */
const restoredDisks = (given: Input): string =>
  `${groupId(given)}/providers/${DISK_TYPE}/${parseResourceId(given.machine)?.name ?? ''}-*`;

async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const jobs = await ownJobs(given.vault, context);
  const [newest] = jobs;
  if (newest === undefined) return { finding: 'not-started', detail: `no job of this step is in ${given.vault}` };
  const detail = `the job ${newest.id} is ${newest.status}`;
  if (jobs.some((job) => !isOver(job))) return { finding: 'running', detail };
  if (newest.status === 'Completed') return { finding: 'done', detail, output: await restored(given, newest, context) };
  // The attempt at hand failed; another attempt may begin.
  if (isOfAttempt(newest, context)) checkCompleted(newest);
  return { finding: 'not-started', detail };
}

async function restored(given: Input, job: BackupJob, context: ActionContext<World>): Promise<JsonObject> {
  const { vault, machine } = given;
  const disks = await disksOf([job], groupId(given), context);
  if (disks.length === 0)
    throw new ProviderError('restore-failed', `expected disks of the job ${job.id} in ${given.group}, found none`);
  return { vault, source: machine, disks, job: job.id, ...(await restoredPoint(given, job, context)) };
}
