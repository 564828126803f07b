// Reads both stores, pairs what stands in them by its key, and looks again while something has no counterpart: it may be on its way.
import { setTimeout as sleep } from 'node:timers/promises';
import { withContainer } from '../blob/blob-service.ts';
import { type ListedBlob, type Listing, listBlobs } from '../blob/list-blobs.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import { type KeyedRow, type KeyedRows, readKeys } from './read-keys.ts';
import type { ReconciliationInput } from './reconcile-assert.ts';

const LOOKS_MAX = 3;
const LOOK_AGAIN_MS = 1000;

/** A row without its blob, or a blob without its row. */
export interface Unmatched {
  readonly key: string;
  readonly side: 'row' | 'blob';
  /** True when it was written in the loss window. */
  readonly isInWindow: boolean;
}

export interface Reconciliation {
  readonly matched: number;
  /** Too new to be judged. */
  readonly leftOut: number;
  /** In the order of keys. */
  readonly unmatched: readonly Unmatched[];
  /** True when there is no such container. */
  readonly isAbsent: boolean;
  readonly looks: number;
}

/** Throws ProviderError `postgres-…` or `blob-…` when a store cannot be asked. */
export async function reconcile(
  world: World,
  given: ReconciliationInput,
  signal: AbortSignal,
): Promise<Reconciliation> {
  for (let looks = 1; ; looks++) {
    const found = { ...(await look(world, given, signal)), looks };
    const isSure = !found.isAbsent && found.unmatched.every(({ isInWindow }) => isInWindow);
    if (isSure || looks === LOOKS_MAX) return found;
    await pause(signal);
  }
}

/** Rows first: what is written meanwhile is newer than what was read, and left out. */
async function look(
  world: World,
  given: ReconciliationInput,
  signal: AbortSignal,
): Promise<Omit<Reconciliation, 'looks'>> {
  const rows = await readKeys(world, given, signal);
  const listing = await withContainer(world, given.blobs, signal, (opened) =>
    listBlobs(opened, given.blobs.prefix, signal),
  );
  return listing === undefined ? ABSENT : pairUp(rows, listing, given);
}

/** Clocks of a database and a store may differ by this much. */
const CLOCK_SKEW_MS_MAX = 60_000;

const ABSENT = { matched: 0, leftOut: 0, unmatched: [], isAbsent: true };

function pairUp(
  { rows, watermark }: KeyedRows,
  { blobs }: Listing,
  given: ReconciliationInput,
): Omit<Reconciliation, 'looks'> {
  const { prefix, suffix, at } = given.blobs;
  const documents = new Map(blobs.map((blob) => [keyOf(blob.name, prefix, suffix), blob]));
  const isInWindow = (written: number | undefined) =>
    written !== undefined &&
    given.lossWindow !== undefined &&
    written >= given.lossWindow.from &&
    written <= given.lossWindow.to;
  const alone = [
    ...[...rows.values()].filter(({ key }) => !documents.has(key)).map((row) => ({ ...row, side: 'row' as const })),
    ...[...documents]
      .filter(([key]) => !rows.has(key))
      .map(([key, blob]) => ({ key, at: instantOf(blob, at), side: 'blob' as const })),
  ];
  // What lies in the future would count as too new for ever: an instant without its time zone, or a wrong entry.
  const latest = watermark + given.settledBefore + CLOCK_SKEW_MS_MAX;
  const ahead = [...rows.values(), ...alone].find(({ at: written }) => written !== undefined && written > latest);
  if (ahead !== undefined)
    throw new ProviderError(
      'answer-invalid',
      `expected no instant later than the clock of the database, found ${new Date(ahead.at ?? 0).toISOString()} of ${ahead.key}`,
    );
  const isNew = (written: number | undefined) => written !== undefined && written > watermark;
  const unmatched = alone
    .filter((item) => !isNew(item.at))
    .map(({ key, side, at: written }) => ({ key, side, isInWindow: isInWindow(written) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const matched = [...rows.values()].filter(({ key, at: written }: KeyedRow) => documents.has(key) && !isNew(written));
  const everything = new Set([...rows.keys(), ...documents.keys()]).size;
  return {
    matched: matched.length,
    leftOut: everything - matched.length - unmatched.length,
    unmatched,
    isAbsent: false,
  };
}

/** A blob of another form stands for itself: no row has its name. */
const keyOf = (name: string, prefix: string, suffix: string): string =>
  name.startsWith(prefix) && name.endsWith(suffix) && name.length >= prefix.length + suffix.length
    ? name.slice(prefix.length, name.length - suffix.length)
    : name;

/** Undefined when nobody can tell: then it is not too new, and in no window. */
function instantOf({ metadata, modifiedAt }: ListedBlob, entry: string | undefined): number | undefined {
  if (entry === undefined) return modifiedAt;
  const at = Date.parse(metadata[entry] ?? '');
  return Number.isNaN(at) ? undefined : at;
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  } catch {
    throw new ProviderError('aborted', 'a wait between two looks was aborted');
  }
}
