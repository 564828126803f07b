// The versions of an account's block blobs, as the front acknowledged them: what a blob was at an instant can be told and written again.
import type { OutgoingHttpHeaders } from 'node:http';

/** Of all contents together. The oldest versions go first, and with them the instants that can be restored. */
const VERSION_BYTES_MAX = 64 * 1024 * 1024;
const VERSIONS_MAX = 100_000;

export interface BlobVersion {
  /** As Azure writes it: an instant with seven digits, ascending. */
  readonly id: string;
  /** Acknowledged at, epoch ms. */
  readonly at: number;
  /** Undefined: deleted. */
  readonly content: Buffer | undefined;
  readonly headers: OutgoingHttpHeaders;
}

export interface Versions {
  /** Epoch ms: what stood from then on is known. */
  readonly since: () => number;
  /** Keeps what a blob is from an instant on, and gives its id. `key` is `container/name`. */
  readonly add: (key: string, version: Omit<BlobVersion, 'id'>) => string;
  readonly find: (key: string, id: string) => BlobVersion | undefined;
  /** The version that counts now. */
  readonly newest: (key: string) => BlobVersion | undefined;
  /** The version that counted at an instant. */
  readonly at: (key: string, instant: number) => BlobVersion | undefined;
  /** Oldest first. */
  readonly all: (key: string) => readonly BlobVersion[];
  /** Of every blob that was ever known, in their order. */
  readonly keys: () => readonly string[];
}

export function createVersions(begunAt: number, bytesMax = VERSION_BYTES_MAX): Versions {
  const blobs = new Map<string, BlobVersion[]>();
  /** In the order of time: who is superseded first goes first. */
  const log: { readonly key: string; readonly version: BlobVersion }[] = [];
  let since = begunAt;
  let bytes = 0;
  let nth = 0;

  function idOf(at: number): string {
    nth = (nth + 1) % 10_000;
    return new Date(at).toISOString().replace('Z', `${String(nth).padStart(4, '0')}Z`);
  }

  function prune(): void {
    while (bytes > bytesMax || log.length > VERSIONS_MAX) {
      const oldest = log.findIndex(({ key, version }) => blobs.get(key)?.at(-1) !== version);
      if (oldest < 0) return;
      const [{ key, version } = { key: '', version: undefined }] = log.splice(oldest, 1);
      const kept = blobs.get(key)?.filter((other) => other !== version) ?? [];
      blobs.set(key, kept);
      bytes -= version?.content?.length ?? 0;
      since = Math.max(since, kept[0]?.at ?? since);
    }
  }

  return {
    since: () => since,
    add: (key, given) => {
      const version = { ...given, id: idOf(given.at) };
      blobs.set(key, [...(blobs.get(key) ?? []), version]);
      log.push({ key, version });
      bytes += version.content?.length ?? 0;
      prune();
      return version.id;
    },
    find: (key, id) => blobs.get(key)?.find((version) => version.id === id),
    newest: (key) => blobs.get(key)?.at(-1),
    at: (key, instant) => blobs.get(key)?.findLast(({ at }) => at <= instant),
    all: (key) => blobs.get(key) ?? [],
    keys: () => [...blobs.keys()].toSorted(),
  };
}
