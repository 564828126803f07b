// A list of blobs with their versions: Azurite keeps none, and would pass the wish over.
import { BlobRefusal } from './blob-refusal.ts';
import type { BlobVersion, Versions } from './versions.ts';

const ITEMS_MAX = 5000;

export function asksForVersions(url: string): boolean {
  const asked = new URLSearchParams(url.split('?')[1] ?? '');
  const included = (asked.get('include') ?? '').toLowerCase().split(',');
  return asked.get('comp')?.toLowerCase() === 'list' && included.includes('versions');
}

/** In one page. Throws BlobRefusal 501 where more than one would be needed, or no versions are kept. */
export function versionList(versions: Versions | undefined, container: string, url: string): string {
  const asked = new URLSearchParams(url.split('?')[1] ?? '');
  const prefix = asked.get('prefix') ?? '';
  if (versions === undefined || asked.has('delimiter') || (asked.get('marker') ?? '') !== '')
    throw unsupported('This twin lists versions flat, in one page, of accounts that keep them.');
  const items = versions
    .keys()
    .filter((key) => key.startsWith(`${container}/${prefix}`))
    .flatMap((key) => {
      const newest = versions.newest(key);
      const name = key.slice(container.length + 1);
      return versions.all(key).flatMap((version) => itemOf(name, version, version === newest));
    });
  if (items.length > ITEMS_MAX) throw unsupported(`This twin lists at most ${ITEMS_MAX} versions.`);
  return `<EnumerationResults ContainerName="${escapeXml(container)}"><Prefix>${escapeXml(prefix)}</Prefix><Blobs>${items.join('')}</Blobs><NextMarker/></EnumerationResults>`;
}

function itemOf(name: string, { id, at, content, headers }: BlobVersion, isNewest: boolean): readonly string[] {
  if (content === undefined) return [];
  const metadata = Object.entries(headers)
    .filter(([header]) => header.startsWith('x-ms-meta-'))
    .map(([header, value]) => element(header.slice('x-ms-meta-'.length), String(value)));
  const properties = [
    element('Creation-Time', new Date(at).toUTCString()),
    element('Last-Modified', new Date(at).toUTCString()),
    element('Etag', id),
    element('Content-Length', String(content.length)),
    element('Content-Type', String(headers['content-type'] ?? 'application/octet-stream')),
    element('BlobType', 'BlockBlob'),
  ];
  const current = isNewest ? element('IsCurrentVersion', 'true') : '';
  return [
    `<Blob>${element('Name', name)}${element('VersionId', id)}${current}<Properties>${properties.join('')}</Properties><Metadata>${metadata.join('')}</Metadata></Blob>`,
  ];
}

const element = (name: string, text: string) => `<${name}>${escapeXml(text)}</${name}>`;

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '"': '&quot;', '&': '&amp;' };
const escapeXml = (text: string) => text.replace(/[<>"&]/g, (character) => ENTITIES[character] ?? '');

const unsupported = (message: string) => new BlobRefusal(501, 'UnsupportedByTwin', message);
