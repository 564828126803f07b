// A checksum manifest as sha256sum and md5sum write it: a line for each blob, its digest, two blanks (or a blank and a star), its name.
import { ProviderError } from '../provider-error.ts';
import type { Checksum } from './blob-digest.ts';
import { isBlobMissing, type OpenContainer } from './blob-service.ts';
import { BLOBS_MAX } from './list-blobs.ts';

const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;
const DIGITS: Readonly<Record<Checksum, number>> = { sha256: 64, md5: 32 };

/** Name → hex digits in lower case. */
export type Manifest = ReadonlyMap<string, string>;

/** Throws ProviderError `answer-invalid` with the first line that is none of a manifest, or a name that stands twice. */
function parseManifest(text: string, checksum: Checksum): Manifest {
  const manifest = new Map<string, string>();
  const line = new RegExp(`^([0-9a-fA-F]{${DIGITS[checksum]}}) [ *](.+)$`);
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    if (written === '') continue;
    const [, digest = '', name = ''] = line.exec(written) ?? [];
    if (name === '' || manifest.has(name) || manifest.size >= BLOBS_MAX)
      throw new ProviderError(
        'answer-invalid',
        `expected line ${index + 1} of the manifest to be a ${checksum} digest and a name that stands once, found otherwise`,
      );
    manifest.set(name, digest.toLowerCase());
  }
  return manifest;
}

/** Reads a manifest that lies in a container. Throws ProviderError `blob-failed` when it is absent or too long. */
export async function readManifest(
  { container }: OpenContainer,
  name: string,
  checksum: Checksum,
  signal: AbortSignal,
): Promise<Manifest> {
  const client = container.getBlobClient(name);
  const { contentLength = 0 } = await client.getProperties({ abortSignal: signal }).catch((error: unknown) => {
    if (!isBlobMissing(error)) throw error;
    throw new ProviderError('blob-failed', `expected a manifest at ${name}, found none`);
  });
  if (contentLength > MANIFEST_BYTES_MAX)
    throw new ProviderError('blob-failed', `expected a manifest of at most ${MANIFEST_BYTES_MAX} bytes, found more`);
  const bytes =
    contentLength === 0 ? Buffer.alloc(0) : await client.downloadToBuffer(0, contentLength, { abortSignal: signal });
  return parseManifest(bytes.toString('utf8'), checksum);
}
