// Below a storage account: its blob service, the restore of its blobs, and what makes containers immutable.
import { STORAGE_TYPE } from '../../world/resource-ids.ts';
import { ok } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { STORAGE_VERSIONS } from '../routes/storage-accounts.ts';
import type { StorageRecord } from '../storage-records.ts';
import { containerRoutes } from './containers.ts';
import { restoreBlobRanges } from './restore.ts';
import { readService, writeService } from './service.ts';

const ACCOUNT = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${STORAGE_TYPE}/{name}`;
const SERVICE = `${ACCOUNT}/blobServices/default`;

export function blobServiceRoutes(cloud: Cloud): readonly Route[] {
  const accountOf = ({ names: { group = '', name = '' } }: ArmRequest): StorageRecord => {
    cloud.groups.get(group);
    return cloud.accounts.get(group, name);
  };
  return served(STORAGE_VERSIONS, [
    {
      method: 'GET',
      path: `${ACCOUNT}/blobServices`,
      handle: (request) => ok({ value: [readService(cloud, accountOf(request)).body] }),
    },
    { method: 'GET', path: SERVICE, handle: (request) => readService(cloud, accountOf(request)) },
    { method: 'PUT', path: SERVICE, handle: (request) => writeService(cloud, request, accountOf(request)) },
    {
      method: 'POST',
      path: `${ACCOUNT}/restoreBlobRanges`,
      handle: (request) => restoreBlobRanges(cloud, request, accountOf(request)),
    },
    ...containerRoutes(cloud, `${SERVICE}/containers/{container}`, accountOf),
  ]);
}
