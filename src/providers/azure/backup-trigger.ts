import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import { formatInstant } from '../../model/clock.ts';
import type { JsonObject } from '../../model/json.ts';
import { durationInput } from '../duration-input.ts';
import { ProviderError } from '../provider-error.ts';
import { MACHINE_TYPE, resourceInput, VAULT_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { type BackupJob, checkCompleted, isOver } from './backup/backup-job.ts';
import { afterJob, isOfAttempt, ownJobOver, ownJobs } from './backup/own-jobs.ts';
import { itemPath } from './backup/protected-machine.ts';
import { usablePoints } from './backup/recovery-points.ts';
import { startJob } from './backup/start-job.ts';

const DAY_MS = 24 * 3600_000;
const KEPT_DAYS_MAX = 99;

const input = z.strictObject({
  vault: resourceInput(VAULT_TYPE),
  machine: resourceInput(MACHINE_TYPE).describe('The machine that is backed up; the vault protects it already'),
  keepFor: durationInput('How long the recovery point is kept', DAY_MS, KEPT_DAYS_MAX * DAY_MS).default(30 * DAY_MS),
});
type Input = z.infer<typeof input>;

/** A recovery point now. It stays until it expires: nothing is there to be taken back. */
export const backupTrigger = defineAction<Input, World>({
  name: 'azure/backup.trigger',
  title: 'Back a virtual machine up now',
  kind: 'write',
  input,
  writes: ({ vault }) => [vault],
  reads: ({ machine }) => [machine],
  permissions: [
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read',
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read',
    'Microsoft.RecoveryServices/vaults/backupJobs/read',
  ],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: the first full backup took 2,472 and 2,480 s.
  forecast: { operation: 'POST Microsoft.RecoveryServices/vaults/backup', typicalMs: 2_475_000 },
  inspect,
  start: (given, context) =>
    startJob(
      `${itemPath(given)}/backup`,
      {
        properties: {
          objectType: 'IaasVMBackupRequest',
          recoveryPointExpiryTimeInUTC: formatInstant(context.now() + given.keepFor),
        },
      },
      context,
    ),
  observe: async (given, handle, context) => {
    const job = await ownJobOver(given.vault, handle, context);
    checkCompleted(job);
    return afterJob(() => backedUp(given, job, context));
  },
});

async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  // A vault or a machine that is not there is found before the drill begins.
  if (context.intendedAt === undefined) await usablePoints(given, context.world, context.signal);
  const jobs = await ownJobs(given.vault, context);
  const job = jobs.find((known) => !isOver(known)) ?? jobs[0];
  if (job === undefined) return { finding: 'not-started', detail: `no job of this step is in ${given.vault}` };
  const detail = `the job ${job.id} is ${job.status}`;
  if (!isOver(job)) return { finding: 'running', detail };
  if (job.status === 'Completed') return { finding: 'done', detail, output: await backedUp(given, job, context) };
  // The attempt at hand failed; another attempt may begin.
  if (isOfAttempt(job, context)) checkCompleted(job);
  return { finding: 'not-started', detail };
}

/** The first point that was taken since the job began is its point. */
async function backedUp(given: Input, job: BackupJob, { world, signal }: ActionContext<World>): Promise<JsonObject> {
  const points = await usablePoints(given, world, signal);
  const point = points.find(({ takenAt }) => takenAt >= job.startedAt);
  if (point === undefined)
    throw new ProviderError(
      'point-missing',
      `expected a recovery point of ${given.machine} since the job ${job.id} began, found none`,
    );
  const { vault, machine } = given;
  return { vault, machine, job: job.id, point: point.id, takenAt: point.takenAt, consistency: point.consistency };
}
