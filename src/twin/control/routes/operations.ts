// Where accepted operations are watched.
import type { Cloud } from '../cloud.ts';
import { COMPUTE_VERSIONS } from '../compute/compute-routes.ts';
import { DNS_VERSIONS } from '../dns/dns-routes.ts';
import { NETWORK_VERSIONS } from '../network/network-routes.ts';
import type { PollNames } from '../operations.ts';
import { type Route, served } from '../route.ts';
import { SERVICE_POLLS, SERVICE_VERSIONS } from '../service-versions.ts';
import { STORAGE_VERSIONS } from './storage-accounts.ts';

const BASE = '/subscriptions/{subscription}/providers/{provider}/locations/{location}';
/** A poll URL keeps the api-version of the request that started its operation. */
const VERSIONS = [
  '2025-08-01',
  '2021-04-01',
  '2022-09-01',
  '2024-03-01',
  '2025-04-01',
  ...DNS_VERSIONS,
  ...STORAGE_VERSIONS,
  ...SERVICE_VERSIONS,
  ...COMPUTE_VERSIONS,
  ...NETWORK_VERSIONS,
];
const POLLS: readonly PollNames[] = [{ status: 'azureAsyncOperation', result: 'operationResults' }, ...SERVICE_POLLS];

export const operationRoutes = ({ operations }: Cloud): readonly Route[] =>
  served(
    VERSIONS,
    POLLS.flatMap(({ status, result }) => [
      { method: 'GET', path: `${BASE}/${status}/{id}`, handle: (request) => operations.status(request) },
      { method: 'GET', path: `${BASE}/${result}/{id}`, handle: (request) => operations.result(request) },
    ]),
  );
