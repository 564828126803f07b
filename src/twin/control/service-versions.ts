// The api-versions of services that are records only, and what their poll URLs are called.
import type { PollNames } from './operations.ts';

/** `tryPlannedBeforeForcedFailover` came with the last three. */
export const SQL_VERSIONS = [
  '2020-11-01-preview',
  '2021-11-01',
  '2022-02-01-preview',
  '2022-05-01-preview',
  '2022-08-01-preview',
  '2023-05-01-preview',
  '2023-08-01-preview',
  '2023-08-01',
];
export const SERVICE_BUS_VERSIONS = ['2021-11-01', '2022-10-01-preview', '2024-01-01'];
export const EVENT_HUB_VERSIONS = ['2021-11-01', '2022-10-01-preview', '2024-01-01', '2026-01-01'];
export const COSMOS_VERSIONS = ['2023-04-15', '2024-05-15', '2024-08-15', '2026-03-15'];
export const KEY_VAULT_VERSIONS = ['2023-07-01', '2026-02-01'];

/** Versions in which something is started that is polled. */
export const SERVICE_VERSIONS = [...SQL_VERSIONS, ...COSMOS_VERSIONS];

export const SQL_GROUP_POLLS: PollNames = {
  status: 'failoverGroupAzureAsyncOperation',
  result: 'failoverGroupOperationResults',
};
export const SQL_DATABASE_POLLS: PollNames = {
  status: 'databaseAzureAsyncOperation',
  result: 'databaseOperationResults',
};
export const SQL_LINK_POLLS: PollNames = {
  status: 'replicationLinkAzureAsyncOperation',
  result: 'replicationLinkOperationResults',
};
export const COSMOS_POLLS: PollNames = { status: 'operationsStatus', result: 'operationResults' };

export const SERVICE_POLLS: readonly PollNames[] = [SQL_GROUP_POLLS, SQL_DATABASE_POLLS, SQL_LINK_POLLS, COSMOS_POLLS];
