// POST …/protectedItems/{item}/backup: a recovery point now.
import * as z from 'zod';
import { invalidContent, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import type { BackupJob } from './backup-jobs.ts';
import { copyPoint, keepPoint } from './take-point.ts';

const bodySchema = z.looseObject({
  properties: z.looseObject({
    objectType: z.literal('IaasVMBackupRequest'),
    recoveryPointExpiryTimeInUTC: z.iso.datetime({ offset: true }).optional(),
  }),
});

/** The copy is taken at once, as the service takes its snapshot first; it is a recovery point when the job is over. */
export function backUp(cloud: Cloud, request: ArmRequest, where: Pick<BackupJob, 'vault' | 'item'>): Reply {
  if (!bodySchema.safeParse(request.body).success)
    throw invalidContent('expected {"properties":{"objectType":"IaasVMBackupRequest"}}, found something else');
  const { item } = where;
  return cloud.vaults.jobs.start(cloud, request, where, {
    operation: 'Backup',
    kind: 'POST Microsoft.RecoveryServices/vaults/backup',
    tasks: ['Take Snapshot', 'Transfer data to vault'],
    bag: { 'VM Name': item.machine },
    work: async (pace) => {
      const point = await copyPoint(cloud, item, item.consistency);
      try {
        await pace.untilBeforeEnd(0);
      } catch (error) {
        await cloud.plane.recoveryPoints.remove(point.id);
        throw error;
      }
      await keepPoint(cloud, item, point);
    },
  });
}
