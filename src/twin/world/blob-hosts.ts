import { blobHost } from './resource-ids.ts';
import type { World } from './world-schema.ts';

/** Both endpoints of every storage account: the writable one, and the secondary that only reads. */
export const blobHosts = ({ storageAccounts }: World): readonly string[] =>
  storageAccounts.flatMap(({ name }) => [blobHost(name), blobHost(`${name}-secondary`)]);
