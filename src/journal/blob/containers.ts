// The two containers of a journal, opened with the Azure client, which here never sends anything twice by itself.
import type { Agent } from 'node:https';
import type { TokenCredential } from '@azure/core-auth';
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import type { BlobPlace } from './place.ts';
import { FIRST_PATIENCE_MS_MAX, readAgain } from './requests.ts';

/** Who asks. A key is for emulators on the loopback alone. */
export type BlobAccess =
  | { readonly credential: TokenCredential; readonly agent?: Agent }
  | { readonly accountKey: string };

export interface Containers {
  readonly record: ContainerClient;
  readonly desk: ContainerClient;
  readonly prefix: string;
  readonly shown: string;
}

/** Throws JournalError `unreachable` when one of them is absent or does not let us in. */
export async function openContainers(place: BlobPlace, access: BlobAccess): Promise<Containers> {
  // Loaded at first use: it is large.
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const credential =
    'accountKey' in access ? new StorageSharedKeyCredential(place.account, access.accountKey) : access.credential;
  const agent = 'agent' in access ? { agent: access.agent } : {};
  const options = { ...agent, retryOptions: { maxTries: 1 } } as StoragePipelineOptions;
  const service = new BlobServiceClient(place.service, credential, options);
  const [record, desk] = [place.container, place.desk].map((name) => service.getContainerClient(name)) as [
    ContainerClient,
    ContainerClient,
  ];
  await Promise.all(
    [record, desk].map((one) =>
      readAgain(
        `container ${one.containerName} of ${place.service}`,
        (abortSignal) => one.getProperties({ abortSignal }),
        FIRST_PATIENCE_MS_MAX,
      ),
    ),
  );
  return { record, desk, prefix: place.prefix, shown: place.shown };
}
