// Point-in-time restore: every block blob of the ranges becomes what it was at an instant, by writes as any client's.
import type { OutgoingHttpHeaders } from 'node:http';
import { DataPlaneError } from '../data-plane-error.ts';
import { blobPath } from './blob-change.ts';
import type { BlobStore } from './blob-request.ts';
import type { Copier } from './copier.ts';
import type { BlobVersion, Versions } from './versions.ts';

const VERSION = '2025-01-05';
const NOT_FOUND = 404;
const NOTHING = Buffer.alloc(0);

/** `container/name`, from (inclusive) to (exclusive); empty: the beginning or the end of the account. */
export interface BlobRange {
  readonly startRange: string;
  readonly endRange: string;
}

const isInRange = (key: string, { startRange, endRange }: BlobRange): boolean =>
  key >= startRange && (endRange === '' || key < endRange);

export interface RestoreParts {
  readonly versions: Versions;
  readonly store: BlobStore;
  readonly record: Copier['add'];
  readonly signal: AbortSignal;
}

/** How many blobs were written or deleted. Throws DataPlaneError `copy-failed` when one cannot be. */
export async function restoreRanges(at: number, ranges: readonly BlobRange[], parts: RestoreParts): Promise<number> {
  const { versions, signal } = parts;
  const keys = versions.keys().filter((key) => ranges.some((range) => isInRange(key, range)));
  const changes = keys.flatMap((key) => {
    const wanted = versions.at(key, at);
    return isSame(wanted, versions.newest(key)) ? [] : [{ key, wanted }];
  });
  for (const { key, wanted } of changes) {
    signal.throwIfAborted();
    await write(key, wanted, parts);
  }
  return changes.length;
}

function isSame(wanted: BlobVersion | undefined, newest: BlobVersion | undefined): boolean {
  if (wanted?.content === undefined || newest?.content === undefined) return wanted?.content === newest?.content;
  return wanted.content.equals(newest.content) && JSON.stringify(wanted.headers) === JSON.stringify(newest.headers);
}

async function write(
  key: string,
  wanted: BlobVersion | undefined,
  { versions, store, record }: RestoreParts,
): Promise<void> {
  const cut = key.indexOf('/');
  const path = blobPath(key.slice(0, cut), key.slice(cut + 1));
  const content = wanted?.content;
  const method = content === undefined ? 'DELETE' : 'PUT';
  const headers: OutgoingHttpHeaders =
    content === undefined
      ? { 'x-ms-version': VERSION }
      : { ...wanted?.headers, 'x-ms-version': VERSION, 'x-ms-blob-type': 'BlockBlob' };
  const { status } = await store.send({ method, path, headers, body: content ?? NOTHING });
  // A container that is gone stays gone, and all of its blobs with it.
  if (status === NOT_FOUND) return;
  if (status >= 300) throw new DataPlaneError('copy-failed', `expected to restore ${key}, found status ${status}`);
  const done = Date.now();
  record({ at: done, method, path, headers }, content ?? NOTHING);
  versions.add(key, { at: done, content, headers: wanted?.headers ?? {} });
}
