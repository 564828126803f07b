// After a write was acknowledged: what the blob is now, as a version.
import type { IncomingHttpHeaders } from 'node:http';
import { type BlobTarget, keptHeaders } from './blob-change.ts';
import type { BlobAnswer, BlobStore } from './blob-request.ts';
import { readBlob } from './seed.ts';
import type { Versions } from './versions.ts';

/** Writes that change what a block blob is, beside the whole ones. */
const CHANGING = new Set(['blocklist', 'metadata', 'properties']);

export interface Acknowledged {
  readonly method: string;
  readonly target: BlobTarget;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: number;
}

/** The id of the new version; undefined when there is none. */
export async function keepVersion(
  versions: Versions,
  store: BlobStore,
  { method, target, headers, body, at }: Acknowledged,
): Promise<string | undefined> {
  const { container, blob, operation } = target;
  if (blob === undefined) {
    if (method === 'DELETE') deleteAll(versions, `${container}/`, at);
    return undefined;
  }
  const key = `${container}/${blob}`;
  if (method === 'DELETE') {
    versions.add(key, { at, content: undefined, headers: {} });
    return undefined;
  }
  if (operation === '' && headers['x-ms-blob-type']?.toString().toLowerCase() === 'blockblob')
    return versions.add(key, { at, content: body, headers: keptHeaders(headers) });
  if (!CHANGING.has(operation)) return undefined;
  const found = await readBlob(store, container, blob);
  return found === undefined ? undefined : versions.add(key, { at, content: found.body, headers: found.headers });
}

function deleteAll(versions: Versions, prefix: string, at: number): void {
  for (const key of versions.keys())
    if (key.startsWith(prefix) && versions.newest(key)?.content !== undefined)
      versions.add(key, { at, content: undefined, headers: {} });
}

/** Answers a read of a version; undefined: there is no such version. */
export function readVersion(
  versions: Versions,
  { container, blob = '', versionId = '' }: BlobTarget,
): BlobAnswer | undefined {
  const version = versions.find(`${container}/${blob}`, versionId);
  if (version?.content === undefined) return undefined;
  const isCurrent = versions.newest(`${container}/${blob}`) === version;
  const headers = {
    ...version.headers,
    'content-length': String(version.content.length),
    'last-modified': new Date(version.at).toUTCString(),
    etag: `"${version.id}"`,
    'x-ms-version-id': version.id,
    'x-ms-blob-type': 'BlockBlob',
    ...(isCurrent ? { 'x-ms-is-current-version': 'true' } : {}),
  };
  return { status: 200, headers: headers as BlobAnswer['headers'], body: version.content };
}
