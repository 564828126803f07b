// What both kinds of restore share: the point that is meant, the request, and what the job says of itself afterwards.
import type { ActionContext, Started } from '../../../model/action.ts';
import type { JsonObject } from '../../../model/json.ts';
import { parseResourceId } from '../../../model/resource-id.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { type BackupJob, getJob } from './backup-job.ts';
import { itemPath, type Protected, regionOfVault } from './protected-machine.ts';
import { choosePoint, type PointChoice, pointFacts, type RecoveryPoint, usablePoints } from './recovery-points.ts';
import { startJob } from './start-job.ts';

export interface Restoring extends Protected {
  readonly stagingAccount: string;
  readonly point: PointChoice;
}

/** `special`: the members of the request that differ. Throws ProviderError `point-missing` before anything is sent. */
export async function startRestore(
  given: Restoring,
  special: JsonObject,
  context: ActionContext<World>,
): Promise<Started> {
  const { world, signal } = context;
  const region = await regionOfVault(given.vault, world, signal);
  const point = choosePoint(await usablePoints(given, world, signal), given.point, given.machine);
  const properties = {
    objectType: 'IaasVMRestoreRequest',
    recoveryPointId: point.id,
    sourceResourceId: given.machine,
    storageAccountId: given.stagingAccount,
    region,
    createNewCloudService: false,
    originalStorageAccountOption: false,
    encryptionDetails: { encryptionEnabled: false },
    ...special,
  };
  return startJob(`${itemPath(given)}/recoveryPoints/${encodeURIComponent(point.id)}/restore`, { properties }, context);
}

/** The id of a resource group, as restores want it. `id`: of a resource in it. */
export function groupIdOf(id: string): string {
  const { subscription = '', group = '' } = parseResourceId(id) ?? {};
  return `/subscriptions/${subscription}/resourceGroups/${group}`;
}

/** The point that a job restored, as the job itself says, and the other points as they were when it began. */
export async function restoredPoint(
  given: Restoring,
  job: BackupJob,
  context: ActionContext<World>,
): Promise<JsonObject> {
  const { world, signal } = context;
  const { bag } = await getJob(given.vault, job.id, world, signal);
  const points = await usablePoints(given, world, signal);
  const point = points.find(({ takenAt }) => Math.floor(takenAt / 1000) === pointSecond(bag, job));
  if (point === undefined)
    throw new ProviderError(
      'point-missing',
      `expected the recovery point that the job ${job.id} restored among those of ${given.machine}, found it gone`,
    );
  return { ...pointOutput(point, job), ...pointFacts(points, job.startedAt) };
}

const pointOutput = ({ id, takenAt, consistency }: RecoveryPoint, { startedAt }: BackupJob): JsonObject => ({
  point: id,
  takenAt,
  consistency,
  ageMs: startedAt - takenAt,
});

const BAG_TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/;

/** `Recovery point time `, with the service's blank at its end: `5/20/2023 2:15:29 PM`, UTC. */
function pointSecond(bag: BackupJob['bag'], job: BackupJob): number {
  const text = Object.entries(bag).find(([name]) => name.trim() === 'Recovery point time')?.[1] ?? '';
  const [, month, day, year, hour, minute, second, half] = BAG_TIME.exec(text.trim()) ?? [];
  if (half === undefined)
    throw new ProviderError(
      'answer-invalid',
      `expected the job ${job.id} to say when its point was taken, found "${text}"`,
    );
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  return Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second)) / 1000;
}
