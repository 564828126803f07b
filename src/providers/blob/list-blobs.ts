// Every blob of a container, by the clock of its store.
import { ProviderError } from '../provider-error.ts';
import { isBlobMissing, type OpenContainer } from './blob-service.ts';

/** More than this is no list that a check can hold. */
export const BLOBS_MAX = 200_000;

export interface ListedBlob {
  readonly name: string;
  readonly bytes: number;
  /** Epoch ms, in whole seconds. */
  readonly modifiedAt: number;
  /** Undefined when the service does not say. */
  readonly etag: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Listing {
  /** When the store answered, in epoch ms by its own clock and in whole seconds. */
  readonly at: number;
  /** In the order of their names, as the store has it. */
  readonly blobs: readonly ListedBlob[];
}

/** Undefined when there is no such container. Throws ProviderError `blob-failed` when there are more than `BLOBS_MAX`. */
export async function listBlobs(
  { container }: OpenContainer,
  prefix: string,
  signal: AbortSignal,
): Promise<Listing | undefined> {
  const blobs: ListedBlob[] = [];
  let at = 0;
  try {
    const pages = container.listBlobsFlat({ prefix, includeMetadata: true, abortSignal: signal }).byPage();
    for await (const { date, segment } of pages) {
      // The first page: what comes later in the list is newer than that, not older.
      at ||= instantOf(date);
      for (const { name, properties, metadata = {} } of segment.blobItems)
        blobs.push({
          name,
          bytes: properties.contentLength ?? 0,
          modifiedAt: instantOf(properties.lastModified),
          etag: properties.etag,
          metadata,
        });
      if (blobs.length > BLOBS_MAX)
        throw new ProviderError('blob-failed', `expected at most ${BLOBS_MAX} blobs, found more`);
    }
    return { at, blobs };
  } catch (error) {
    if (isBlobMissing(error)) return undefined;
    throw error;
  }
}

/** An answer without a time is none that ages can be told from. */
function instantOf(date: Date | undefined): number {
  if (date === undefined)
    throw new ProviderError('answer-invalid', 'expected the instant of an answer of the blob store, found none');
  return date.getTime();
}
