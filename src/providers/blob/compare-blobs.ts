// Lists both sides, compares lengths and then checksums, and looks again where they differ: on a live system a change may be on its way.
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import type { BlobComparisonInput } from './blob-compare.ts';
import { digestBlob } from './blob-digest.ts';
import { type Manifest, readManifest } from './blob-manifest.ts';
import { type OpenContainer, withContainer } from './blob-service.ts';
import { type ListedBlob, type Listing, listBlobs } from './list-blobs.ts';

const LOOKS_MAX = 3;
const LOOK_AGAIN_MS_MIN = 500;
const LOOK_AGAIN_MS_MAX = 30_000;
const READ_AT_ONCE = 8;
/** Times of blobs are whole seconds, rounded down. */
const TIME_RESOLUTION_MS = 1000;

/** `changed`: it was changed or deleted while it was read, in each look. */
export interface BlobDifference {
  readonly name: string;
  readonly kind: 'missing' | 'extra' | 'length' | 'content' | 'changed';
}

export interface BlobComparison {
  /** Blobs that were the same on both sides, and their bytes. */
  readonly equal: number;
  readonly bytes: number;
  /** Too new to be compared. */
  readonly leftOut: number;
  /** In the order of names. */
  readonly differences: readonly BlobDifference[];
  /** The side whose container does not exist. */
  readonly absent: 'primary' | 'copy' | undefined;
  /** How long ago the copy's last sync was; undefined: not asked. Null: the service does not say. */
  readonly behindMs: number | null | undefined;
  readonly looks: number;
}

/** Throws ProviderError `blob-…` when a side cannot be asked. */
export function compareBlobs(world: World, given: BlobComparisonInput, signal: AbortSignal): Promise<BlobComparison> {
  const reference = given.primary ?? given.manifest;
  if (reference === undefined)
    throw new ProviderError('answer-invalid', 'expected a primary or a manifest, found none');
  const place = { prefix: '', ...reference };
  return withContainer(world, place, signal, (primary) =>
    withContainer(world, given.copy, signal, (copy) => lookUntilSure({ primary, copy }, given, signal)),
  );
}

interface Sides {
  readonly primary: OpenContainer;
  readonly copy: OpenContainer;
}

/** Names that were found equal, with the tags of both sides: what has not been written since need not be read again. */
type Known = Map<string, string>;

async function lookUntilSure(sides: Sides, given: BlobComparisonInput, signal: AbortSignal): Promise<BlobComparison> {
  const known: Known = new Map();
  const againMs = Math.min(LOOK_AGAIN_MS_MAX, Math.max(LOOK_AGAIN_MS_MIN, given.settledBefore / 2));
  let found = await look(sides, given, known, signal);
  if (found.settlesInMs <= LOOK_AGAIN_MS_MAX) {
    await pause(found.settlesInMs, signal);
    found = await look(sides, given, known, signal);
  }
  for (let looks = 1; ; looks++) {
    if (looks === LOOKS_MAX || (found.differences.length === 0 && found.absent === undefined))
      return { ...found, looks };
    await pause(againMs, signal);
    found = await look(sides, given, known, signal);
  }
}

interface Look extends Omit<BlobComparison, 'looks'> {
  /** When as many are old enough as must be compared, although they are not now. Infinity: never, or they are. */
  readonly settlesInMs: number;
}

/** The copy first: what is written meanwhile is then on the primary alone, and too new to count. */
async function look(sides: Sides, given: BlobComparisonInput, known: Known, signal: AbortSignal): Promise<Look> {
  const listedFrom = performance.now();
  const listed = await listBlobs(sides.copy, given.copy.prefix, signal);
  const behindMs = given.maxLag === undefined ? undefined : await readBehind(sides.copy, listed, signal);
  const reference = await readReference(sides.primary, given, listedFrom, signal);
  if (reference === undefined || listed === undefined)
    return { ...NOTHING, behindMs, absent: reference === undefined ? 'primary' : 'copy' };
  const pairs = pairUp(reference, listed, given);
  const read = new PQueue({ concurrency: READ_AT_ONCE });
  const judged = await read.addAll(pairs.map((pair) => () => judgePair(pair, sides, { given, known, signal })));
  const differences = judged.filter((difference) => difference !== undefined);
  const same = pairs.filter((_, index) => judged[index] === undefined);
  return {
    equal: same.length,
    bytes: same.reduce((sum, { copy }) => sum + (copy?.bytes ?? 0), 0),
    leftOut: reference.leftOut.size,
    settlesInMs: reference.settlesInMs,
    differences,
    absent: undefined,
    behindMs,
  };
}

const NOTHING = { equal: 0, bytes: 0, leftOut: 0, settlesInMs: Number.POSITIVE_INFINITY, differences: [] };

/** What the copy is held to: blobs of a primary, or digests of a manifest. */
interface Reference {
  readonly blobs: ReadonlyMap<string, ListedBlob | string>;
  readonly leftOut: ReadonlySet<string>;
  readonly settlesInMs: number;
}

/** `copyListedFrom`, of the monotonic clock: what is settled was settled by then. */
async function readReference(
  primary: OpenContainer,
  given: BlobComparisonInput,
  copyListedFrom: number,
  signal: AbortSignal,
): Promise<Reference | undefined> {
  const { manifest, checksum } = given;
  if (manifest !== undefined)
    return ofManifest(await readManifest(primary, manifest.blob, checksum, signal), manifest, given);
  const { prefix = '' } = given.primary ?? {};
  const listing = await listBlobs(primary, prefix, signal);
  if (listing === undefined) return undefined;
  const settledBefore = given.settledBefore + performance.now() - copyListedFrom;
  const settlesInMs = ({ modifiedAt }: ListedBlob) => modifiedAt + TIME_RESOLUTION_MS + settledBefore - listing.at;
  const isNew = (blob: ListedBlob) => settlesInMs(blob) > 0;
  const settled = listing.blobs.filter((blob) => !isNew(blob));
  return {
    blobs: new Map(settled.map((blob) => [blob.name.slice(prefix.length), blob])),
    leftOut: new Set(listing.blobs.filter(isNew).map(({ name }) => name.slice(prefix.length))),
    settlesInMs: lackingSettleInMs(listing.blobs.map(settlesInMs), given.minimumBlobs),
  };
}

/** `settlesInMs`: of every blob, not above 0 when it is old enough. The store's next answer is in whole seconds again. */
function lackingSettleInMs(settlesInMs: readonly number[], minimumBlobs: number): number {
  const last = settlesInMs.toSorted((a, b) => a - b)[minimumBlobs - 1] ?? 0;
  return last > 0 ? last + TIME_RESOLUTION_MS : Number.POSITIVE_INFINITY;
}

/** The manifest itself is no blob that it lists. */
function ofManifest(
  manifest: Manifest,
  { account, container, blob }: NonNullable<BlobComparisonInput['manifest']>,
  { copy }: BlobComparisonInput,
): Reference {
  const isBeside = account.toLowerCase() === copy.account.toLowerCase() && container === copy.container;
  const leftOut = isBeside && blob.startsWith(copy.prefix) ? [blob.slice(copy.prefix.length)] : [];
  return { blobs: manifest, leftOut: new Set(leftOut), settlesInMs: Number.POSITIVE_INFINITY };
}

interface Pair {
  /** Below the prefix of its side. */
  readonly name: string;
  readonly expected: ListedBlob | string | undefined;
  readonly copy: ListedBlob | undefined;
}

function pairUp(
  { blobs, leftOut }: Reference,
  listed: Listing,
  { copy: { prefix } }: BlobComparisonInput,
): readonly Pair[] {
  const copies = new Map(listed.blobs.map((blob) => [blob.name.slice(prefix.length), blob]));
  const names = [...new Set([...blobs.keys(), ...copies.keys()])].filter((name) => !leftOut.has(name));
  return names.toSorted().map((name) => ({ name, expected: blobs.get(name), copy: copies.get(name) }));
}

interface Reading {
  readonly given: BlobComparisonInput;
  readonly known: Known;
  readonly signal: AbortSignal;
}

/** Undefined: no difference. */
async function judgePair(
  { name, expected, copy }: Pair,
  sides: Sides,
  { given, known, signal }: Reading,
): Promise<BlobDifference | undefined> {
  if (expected === undefined) return { name, kind: 'extra' };
  if (copy === undefined) return { name, kind: 'missing' };
  if (typeof expected !== 'string' && expected.bytes !== copy.bytes) return { name, kind: 'length' };
  const tags = `${typeof expected === 'string' ? expected : expected.etag} ${copy.etag}`;
  if (known.get(name) === tags && !tags.includes('undefined')) return undefined;
  const [wanted, got] = await Promise.all([
    typeof expected === 'string' ? expected : digestBlob(sides.primary, expected, given.checksum, signal),
    digestBlob(sides.copy, copy, given.checksum, signal),
  ]);
  if (wanted === undefined || got === undefined) return { name, kind: 'changed' };
  if (wanted !== got) return { name, kind: 'content' };
  known.set(name, tags);
  return undefined;
}

/** By the clock of the store. Null when it does not say. */
async function readBehind(
  copy: OpenContainer,
  listed: Listing | undefined,
  signal: AbortSignal,
): Promise<number | null> {
  const last = await copy.lastSync(signal);
  return last === undefined || listed === undefined ? null : Math.max(0, listed.at - last.getTime());
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new ProviderError('aborted', 'a wait between two looks was aborted');
  }
}
