// What a comparison of blobs expected and found, in words that end up in the evidence. Of a blob nothing but its name is shown.
import { formatDuration } from '../../model/duration.ts';
import type { BlobComparisonInput } from './blob-compare.ts';
import type { BlobComparison, BlobDifference } from './compare-blobs.ts';

const TEXT_LENGTH_MAX = 2000;
const NAME_LENGTH_MAX = 120;
const NAMED_MAX = 10;

export function expectedText({ manifest, checksum, settledBefore, maxLag, copy }: BlobComparisonInput): string {
  const fresh = maxLag === undefined ? '' : `; the copy at most ${formatDuration(maxLag)} behind`;
  const against =
    manifest === undefined
      ? `of the primary (changed within ${formatDuration(settledBefore)} left out)`
      : `of the manifest ${manifest.blob}`;
  return shortened(`the names and ${checksum} checksums ${against} in ${copy.container}${fresh}`);
}

/** First what is wrong, then what was compared and what was left out. */
export function observedText(given: BlobComparisonInput, found: BlobComparison): string {
  const { equal, bytes, leftOut, looks, behindMs } = found;
  const newer = leftOut > 0 && given.manifest === undefined ? [`${leftOut} newer left out`] : [];
  const lag = typeof behindMs === 'number' ? [`last sync ${formatDuration(behindMs)} ago`] : [];
  const facts = [`${equal} blobs of ${bytes} bytes equal`, ...newer, ...lag, ...(looks > 1 ? [`${looks} looks`] : [])];
  return shortened([...complaintsOf(given, found), ...facts].join('; '));
}

/** Everything that keeps the copy from being good. Empty: it is. */
export function complaintsOf(given: BlobComparisonInput, found: BlobComparison): readonly string[] {
  if (found.absent !== undefined) return [`the ${found.absent} has no such container`];
  const compared = found.equal + found.differences.length;
  const few =
    compared < given.minimumBlobs
      ? [`expected at least ${given.minimumBlobs} blobs to compare, found ${compared}`]
      : [];
  return [...lagComplaints(given, found), ...few, ...namedDifferences(found.differences)];
}

function lagComplaints({ maxLag }: BlobComparisonInput, { behindMs }: BlobComparison): readonly string[] {
  if (maxLag === undefined) return [];
  if (typeof behindMs !== 'number') return ['how far the copy is behind cannot be told: it has no last sync time'];
  return behindMs > maxLag ? [`the copy is stale: its last sync was ${formatDuration(behindMs)} ago`] : [];
}

function namedDifferences(differences: readonly BlobDifference[]): readonly string[] {
  if (differences.length === 0) return [];
  const named = differences.slice(0, NAMED_MAX).map(differenceText);
  const more = differences.length - named.length;
  return [`${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`];
}

const WORDS: Readonly<Record<BlobDifference['kind'], string>> = {
  missing: 'is missing on the copy',
  extra: 'is on the copy alone',
  length: 'has another length on the copy',
  content: 'has another content on the copy',
  changed: 'was changed while it was read',
};

const differenceText = ({ name, kind }: BlobDifference): string =>
  `${name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX)}…` : name} ${WORDS[kind]}`;

const shortened = (text: string) => (text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text);
