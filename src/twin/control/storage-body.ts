// A storage account as Microsoft.Storage shows it.
import { blobHost, resourceId, STORAGE_TYPE } from '../world/resource-ids.ts';
import type { Cloud } from './cloud.ts';
import type { StorageRecord } from './storage-records.ts';

export function storageBody(record: StorageRecord, { world, plane }: Cloud, expand: string | null): object {
  const { name, primary, secondary, createdAt } = record;
  const available = (region: string) => (plane.regions.isUp(region) ? 'available' : 'unavailable');
  return {
    id: resourceId(world.subscription, STORAGE_TYPE, record),
    name,
    type: STORAGE_TYPE,
    location: primary,
    tags: {},
    kind: 'StorageV2',
    sku: { name: secondary === undefined ? 'Standard_LRS' : 'Standard_RAGRS', tier: 'Standard' },
    properties: {
      provisioningState: 'Succeeded',
      creationTime: new Date(createdAt).toISOString(),
      accessTier: 'Hot',
      supportsHttpsTrafficOnly: true,
      primaryLocation: primary,
      statusOfPrimary: available(primary),
      primaryEndpoints: { blob: `https://${blobHost(name)}/` },
      ...(record.failoverInProgress ? { failoverInProgress: true } : {}),
      ...(secondary === undefined
        ? {}
        : {
            secondaryLocation: secondary,
            statusOfSecondary: available(secondary),
            secondaryEndpoints: { blob: `https://${blobHost(`${name}-secondary`)}/` },
          }),
      ...(expand?.toLowerCase() === 'georeplicationstats' && secondary !== undefined
        ? { geoReplicationStats: replicationStats(record, plane.storage.lastSync(name)) }
        : {}),
      ...(expand?.toLowerCase() === 'blobrestorestatus' && record.blobRestore !== undefined
        ? { blobRestoreStatus: record.blobRestore }
        : {}),
    },
  };
}

/** True when a failover can be asked for: the account is geo-redundant and its last sync time is known. */
export const canFailover = ({ secondary, failoverInProgress, seeding }: StorageRecord, lastSync: number | undefined) =>
  secondary !== undefined && !failoverInProgress && !seeding && lastSync !== undefined;

/** The time has a resolution of one second, and never says more than is there. */
function replicationStats(record: StorageRecord, lastSync: number | undefined): object {
  const time = lastSync === undefined ? {} : { lastSyncTime: new Date(lastSync).toISOString().replace(/\.\d+Z$/, 'Z') };
  const status = record.seeding ? 'Bootstrap' : lastSync === undefined ? 'Unavailable' : 'Live';
  return { status, ...time, canFailover: canFailover(record, lastSync) };
}
