// Restores: the copy of a recovery point becomes a new disk, and with AlternateLocation a new machine that runs from it.

import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { toErrorData } from '../../../model/errors.ts';
import { invalidContent, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { Pace } from '../operations.ts';
import type { ArmRequest } from '../route.ts';
import type { BackupJob } from './backup-jobs.ts';
import { bagTime } from './backup-time.ts';
import { type RestoreTarget, restoreTarget } from './restore-target.ts';
import { type VaultRecord, vaultId } from './vault-records.ts';

/** Disks and machines are made this long before the end of the job, at most. */
const LEAD_MS = 800;
const VALIDATED_MS = 500;
/** How the service marks the disks that a job restored; the value is the name of the job. */
const JOB_TAG = 'RSVaultBackup';

const bodySchema = z.looseObject({ properties: z.unknown() });

export function restore(cloud: Cloud, request: ArmRequest, where: Pick<BackupJob, 'vault' | 'item'>): Reply {
  const parsed = bodySchema.safeParse(request.body);
  if (!parsed.success) throw invalidContent('expected {"properties":{…}}, found something else');
  const target = restoreTarget(cloud, where, parsed.data.properties);
  if (target.point.id !== request.names['point'])
    throw invalidContent(`expected the recovery point of the path, found ${target.point.id}`);
  const { inUse } = cloud.vaults;
  // A point may be restored by two jobs at once: each of them has its own entry.
  const used = { id: target.point.id };
  inUse.add(used);
  return cloud.vaults.jobs.start(cloud, request, where, {
    operation: 'Restore',
    kind: 'POST Microsoft.RecoveryServices/vaults/restore',
    variety: target.machine === undefined ? 'disks' : 'machine',
    locationType: target.type,
    tasks: [
      'Transfer data from vault',
      ...(target.machine === undefined ? [] : ['Create the restored virtual machine']),
    ],
    bag: bagOf(where.item.machine, target),
    work: (pace, jobId) => work(cloud, where.item.machine, target, { pace, jobId }),
    settle: () => void inUse.delete(used),
  });
}

/** The words of recorded jobs. The blank at the end of `Recovery point time ` is the service's. */
const bagOf = (source: string, { type, point, group, stagingAccount, machine }: RestoreTarget) => ({
  'Job Type': type === 'RestoreDisks' ? 'Recover disks' : 'Recover VM to an alternate location',
  ...(machine === undefined
    ? { 'Target VM Name': 'vmName' }
    : { 'Original VM Name': source, 'Target VM Name': machine }),
  'Target Storage Account Name': stagingAccount,
  'Recovery point time ': bagTime(point.takenAt),
  'Target resource group': group,
});

interface Doing {
  readonly pace: Pace;
  readonly jobId: string;
}

async function work(cloud: Cloud, source: string, target: RestoreTarget, { pace, jobId }: Doing): Promise<void> {
  const { point, group, region, machine, subnet } = target;
  await pace.untilBeforeEnd(LEAD_MS);
  if (!cloud.plane.regions.isUp(region))
    throw new Refusal(503, 'CloudInternalError', `The region ${region} is not available.`);
  const disk = diskName(cloud, machine ?? source);
  await cloud.plane.disks.create({ name: disk, group, region }, cloud.plane.recoveryPoints.folder(point.id));
  cloud.machines.noteRestored(disk, { [JOB_TAG]: jobId });
  if (machine === undefined || subnet === undefined) return;
  // What ran on the machine looks for production from the copy too. Nobody uses the copy, so nothing is filed on it.
  const production = cloud.world.machines.find(({ name }) => name === source)?.production;
  cloud.interfaces.noteName(machine, `${machine}-nic-${jobId.replaceAll('-', '')}`);
  await cloud.plane.machines.create({ name: machine, group, region, subnet }, disk, { production });
}

/** `archive-weu-datadisk-000-20261121-103000`, as the service names what it restores; a second that is taken is passed over. */
function diskName({ plane }: Cloud, prefix: string): string {
  for (let at = Date.now(); ; at += 1000) {
    const [day = '', time = ''] = new Date(at)
      .toISOString()
      .replaceAll(/[-:]|\..*$/g, '')
      .split('T');
    const name = `${prefix}-datadisk-000-${day}-${time}`;
    if (plane.disks.find(name) === undefined) return name;
  }
}

const validationSchema = z.looseObject({
  properties: z.looseObject({
    objectType: z.literal('ValidateIaasVMRestoreOperationRequest'),
    restoreRequest: z.looseObject({ recoveryPointId: z.string(), sourceResourceId: z.string() }),
  }),
});

/** The validation always succeeds; what it found wrong is its result. */
export function validateRestore(cloud: Cloud, request: ArmRequest, vault: VaultRecord): Reply {
  const parsed = validationSchema.safeParse(request.body);
  if (!parsed.success) throw invalidContent('expected a ValidateIaasVMRestoreOperationRequest, found something else');
  const { restoreRequest } = parsed.data.properties;
  const base = vaultId(cloud.world.subscription, vault);
  const now = Date.now();
  const result = { validateOperationResponse: { validationResults: whatIsWrong(cloud, vault, restoreRequest) } };
  return cloud.vaults.jobs.acceptances.accept(request, {
    id: randomUUID(),
    statusPath: `${base}/backupValidateOperationsStatuses`,
    resultPath: `${base}/backupValidateOperationResults`,
    startedAt: now,
    endsAt: now + VALIDATED_MS,
    properties: { objectType: 'OperationStatusValidateOperationExtendedInfo', ...result },
    result,
  });
}

function whatIsWrong(cloud: Cloud, vault: VaultRecord, request: { readonly recoveryPointId: string }) {
  const item = vault.items.find(({ points }) => points.some(({ id }) => id === request.recoveryPointId));
  try {
    if (item === undefined)
      throw new Refusal(
        404,
        'UserErrorRecoveryPointNotFound',
        `The recovery point '${request.recoveryPointId}' was not found.`,
      );
    restoreTarget(cloud, { vault, item }, request);
    return [];
  } catch (error) {
    const { code, message } = toErrorData(error);
    return [{ code, message, recommendations: [] }];
  }
}
