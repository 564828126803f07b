// What a request to a blob endpoint is about.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

export interface BlobTarget {
  readonly container: string;
  /** Undefined: the container itself. */
  readonly blob: string | undefined;
  /** `comp` of the query, in lower case; empty when absent. */
  readonly operation: string;
  readonly versionId: string | undefined;
}

/** Undefined: the account itself. A path that is no text stands for itself. */
export function targetOf(url: string): BlobTarget | undefined {
  const [path = '', query = ''] = url.split('?');
  const [container = '', ...rest] = decoded(path).slice(1).split('/');
  if (container === '') return undefined;
  const asked = new URLSearchParams(query);
  const isContainer = asked.get('restype')?.toLowerCase() === 'container' || rest.length === 0;
  return {
    container,
    blob: isContainer ? undefined : rest.join('/'),
    operation: (asked.get('comp') ?? '').toLowerCase(),
    versionId: asked.get('versionid') ?? asked.get('versionId') ?? undefined,
  };
}

export const blobPath = (container: string, blob: string): string =>
  `/${encodeURIComponent(container)}/${blob.split('/').map(encodeURIComponent).join('/')}`;

/** What of a blob is written with its content: its type and its metadata. */
export function keptHeaders(headers: IncomingHttpHeaders | OutgoingHttpHeaders): OutgoingHttpHeaders {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-ms-meta-'));
  const type = headers['x-ms-blob-content-type'] ?? headers['content-type'];
  return { ...Object.fromEntries(metadata), ...(type === undefined ? {} : { 'content-type': String(type) }) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
