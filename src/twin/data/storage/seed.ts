// The first copy of an account: everything that stands on the primary is sent to the secondary before anything new.
import type { OutgoingHttpHeaders } from 'node:http';
import { blobPath, keptHeaders } from './blob-change.ts';
import type { BlobAnswer, BlobStore } from './blob-request.ts';
import type { Copier } from './copier.ts';
import type { Versions } from './versions.ts';

const NOTHING = Buffer.alloc(0);
const VERSION = '2025-01-05';
const PAGE_MAX = 1000;
const ITEMS_MAX = 100_000;

/**
 * Puts all containers and block blobs of a store into a copier. Call it while no writes are let in and none is under way, so that nothing
 * new comes before what was there. Snapshots, leases and blobs of other kinds stay behind.
 */
export async function seed(store: BlobStore, copier: Copier): Promise<void> {
  const at = Date.now();
  for (const container of await names(store, '/?comp=list', 'Container')) {
    const path = `/${encodeURIComponent(container)}`;
    copier.add({ at, method: 'PUT', path: `${path}?restype=container`, headers: { 'x-ms-version': VERSION } }, NOTHING);
    for await (const { blob, headers, body } of blobsOf(store, container)) {
      const sent = { ...headers, 'x-ms-version': VERSION, 'x-ms-blob-type': 'BlockBlob' };
      copier.add({ at, method: 'PUT', path: blobPath(container, blob), headers: sent }, body);
    }
  }
}

/** Keeps what every blob of a store is as the first version of it. */
export async function captureAll(store: BlobStore, versions: Versions): Promise<void> {
  for (const container of await names(store, '/?comp=list', 'Container'))
    for await (const { blob, headers, body } of blobsOf(store, container))
      versions.add(`${container}/${blob}`, { at: Date.now(), content: body, headers });
}

async function* blobsOf(store: BlobStore, container: string) {
  const path = `/${encodeURIComponent(container)}`;
  for (const blob of await names(store, `${path}?restype=container&comp=list`, 'Blob')) {
    const found = await readBlob(store, container, blob);
    // Deleted since it was listed: the deletion itself is copied.
    if (found !== undefined) yield { blob, ...found };
  }
}

/** Undefined when there is none. Throws when the store does not give it. */
export async function readBlob(
  store: BlobStore,
  container: string,
  blob: string,
): Promise<{ readonly headers: OutgoingHttpHeaders; readonly body: Buffer } | undefined> {
  const path = blobPath(container, blob);
  const answer = await store.send({ method: 'GET', path, headers: { 'x-ms-version': VERSION }, body: NOTHING });
  if (answer.status === 404) return undefined;
  const { headers, body } = readable(answer, path);
  return { headers: keptHeaders(headers), body };
}

const ask = async (store: BlobStore, path: string) =>
  readable(await store.send({ method: 'GET', path, headers: { 'x-ms-version': VERSION }, body: NOTHING }), path);

function readable(answer: BlobAnswer, path: string): BlobAnswer {
  if (answer.status >= 300) throw new Error(`expected to read ${path} of the primary, found status ${answer.status}`);
  return answer;
}

async function names(store: BlobStore, path: string, element: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let marker = ''; ; ) {
    const text = (
      await ask(store, `${path}&maxresults=${PAGE_MAX}&marker=${encodeURIComponent(marker)}`)
    ).body.toString();
    const matches = text.matchAll(new RegExp(`<${element}><Name>([^<]*)</Name>`, 'g'));
    for (const [, name = ''] of matches) found.push(unescapeXml(name));
    marker = unescapeXml(/<NextMarker>([^<]*)<\/NextMarker>/.exec(text)?.[1] ?? '');
    if (marker === '') return found;
    if (found.length > ITEMS_MAX) throw new RangeError(`expected at most ${ITEMS_MAX} blobs to copy, found more`);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const unescapeXml = (text: string) =>
  text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
