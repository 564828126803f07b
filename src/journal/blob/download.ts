import type { BlobClient } from '@azure/storage-blob';
import { JournalError } from '../journal-error.ts';

/** A blob as it stands. */
export interface Downloaded {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly isLeased: boolean;
}

/** A whole small blob. Throws what the client throws, or JournalError `unreadable` when it is not small. */
export async function download(blob: BlobClient, abortSignal: AbortSignal, bytesMax: number): Promise<Downloaded> {
  const found = await blob.download(0, undefined, { abortSignal });
  const { readableStreamBody, etag = '', leaseState, contentLength = 0 } = found;
  if (contentLength > bytesMax)
    throw new JournalError('unreadable', `${blob.name}: expected at most ${bytesMax} bytes, found ${contentLength}`);
  const chunks: Buffer[] = [];
  for await (const chunk of readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
  return { bytes: Buffer.concat(chunks), etag, isLeased: leaseState === 'leased' || leaseState === 'breaking' };
}
