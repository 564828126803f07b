// Holds a write to the policy of its container, with what the store knows of the blob.
import type { OutgoingHttpHeaders } from 'node:http';
import type { ContainerPolicy } from '../../control/data-plane.ts';
import { type BlobTarget, blobPath } from './blob-change.ts';
import { BlobRefusal } from './blob-refusal.ts';
import type { BlobAnswer, BlobStore } from './blob-request.ts';
import { checkImmutable, isImmutable } from './immutability.ts';

const HEADERS = { 'x-ms-version': '2025-01-05' };
const NOTHING = Buffer.alloc(0);
const CREATING = new Set(['', 'blocklist']);

/** Headers to send with the write, so that what comes into being meanwhile is not overwritten. Throws BlobRefusal 409. */
export async function guardImmutable(
  store: BlobStore,
  policy: ContainerPolicy,
  { container, blob, operation }: BlobTarget,
  method: string,
): Promise<OutgoingHttpHeaders> {
  if (!isImmutable(policy)) return {};
  if (blob === undefined) {
    if (method === 'DELETE' && (await holdsBlobs(store, container))) throw immutable();
    return {};
  }
  const { status, headers } = await store.send({
    method: 'HEAD',
    path: blobPath(container, blob),
    headers: HEADERS,
    body: NOTHING,
  });
  const exists = status < 300;
  const createdAt = Date.parse(String(headers['x-ms-creation-time'] ?? headers['last-modified'] ?? ''));
  // Of a blob whose age nobody can tell the retention is not over.
  const known = Number.isNaN(createdAt) ? Number.POSITIVE_INFINITY : createdAt;
  const isAppendBlob = headers['x-ms-blob-type'] === 'AppendBlob';
  const isCommit = operation === 'blocklist' && exists;
  checkImmutable(policy, { method, operation, now: Date.now(), createdAt: exists ? known : undefined, isAppendBlob });
  return method === 'PUT' && CREATING.has(operation) && !isCommit ? { 'if-none-match': '*' } : {};
}

/** A write that was let through as a creation, and found that another one had come first. */
export function checkCreated(guard: OutgoingHttpHeaders, { status }: BlobAnswer): void {
  if (guard['if-none-match'] !== undefined && status === 409) throw immutable();
}

async function holdsBlobs(store: BlobStore, container: string): Promise<boolean> {
  const path = `/${encodeURIComponent(container)}?restype=container&comp=list&maxresults=1`;
  const { status, body } = await store.send({ method: 'GET', path, headers: HEADERS, body: NOTHING });
  return status < 300 && body.includes('<Blob>');
}

const immutable = () =>
  new BlobRefusal(
    409,
    'BlobImmutableDueToPolicy',
    'This operation is not permitted as the blob is immutable due to a policy.',
  );
