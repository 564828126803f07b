// Where blobs are read: an account, a container, and which of its two endpoints.
import * as z from 'zod';
import { resourceInput, STORAGE_TYPE } from '../resource-input.ts';

const PREFIX_LENGTH_MAX = 1024;

export const containerName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9]|-(?=[a-z0-9])){2,62}$/, 'expected the name of a container');

const blobPrefix = z.string().max(PREFIX_LENGTH_MAX).describe('Only blobs whose names begin so');

const endpointInput = z
  .enum(['primary', 'secondary'])
  .default('primary')
  .describe('secondary: the copy of a geo-redundant account that can be read');

export const containerInput = z.strictObject({
  account: resourceInput(STORAGE_TYPE),
  container: containerName,
  endpoint: endpointInput,
  prefix: blobPrefix.default(''),
});
export type ContainerInput = z.infer<typeof containerInput>;

/** Of every check that reads blobs. */
export const BLOB_READ_PERMISSIONS = [
  'Microsoft.Storage/storageAccounts/blobServices/containers/read',
  'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read',
];
