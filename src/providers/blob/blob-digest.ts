// A checksum of a blob's content, which is streamed and never held.
import { createHash } from 'node:crypto';
import { isBlobMissing, type OpenContainer } from './blob-service.ts';
import type { ListedBlob } from './list-blobs.ts';

export type Checksum = 'sha256' | 'md5';

/** Hex digits. Undefined when the blob is not what was listed any more: it was changed or deleted meanwhile. */
export async function digestBlob(
  { container }: OpenContainer,
  { name, etag, bytes }: ListedBlob,
  checksum: Checksum,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hash = createHash(checksum);
  let read = 0;
  try {
    const conditions = etag === undefined ? {} : { ifMatch: etag };
    const answer = await container.getBlobClient(name).download(0, undefined, { abortSignal: signal, conditions });
    for await (const chunk of answer.readableStreamBody ?? []) {
      hash.update(chunk);
      read += chunk.length;
    }
  } catch (error) {
    if (isBlobMissing(error) || isChanged(error)) return undefined;
    throw error;
  }
  return read === bytes ? hash.digest('hex') : undefined;
}

const isChanged = (thrown: unknown): boolean => (thrown as { statusCode?: number }).statusCode === 412;
