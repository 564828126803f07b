// Which files a package has, how large they may be, and the text of the list of their digests.
import { sha256 } from '../model/json.ts';

const MEBIBYTE = 1024 * 1024;

/** Every file that SHA256SUMS lists, with the most bytes that a reader accepts. */
const LISTED_FILES = {
  'README.txt': MEBIBYTE,
  'events.jsonl': 128 * MEBIBYTE,
  'plan.json': 16 * MEBIBYTE,
  'report.html': 64 * MEBIBYTE,
  'report.md': 64 * MEBIBYTE,
  'result.json': 64 * MEBIBYTE,
} as const;
export type ListedFile = keyof typeof LISTED_FILES;

export const SUMS_FILE = 'SHA256SUMS';
export const ATTESTATION_FILE = 'attestation.dsse.json';

/** Everything that stands in the folder; nothing else may. */
export const PACKAGE_FILES: Readonly<Record<string, number>> = {
  ...LISTED_FILES,
  [SUMS_FILE]: MEBIBYTE,
  [ATTESTATION_FILE]: MEBIBYTE,
};

export const LISTED_NAMES = Object.keys(LISTED_FILES) as readonly ListedFile[];

/** What the attestation covers: all but itself. */
export const SUBJECT_NAMES: readonly string[] = [SUMS_FILE, ...LISTED_NAMES];

/** The text of SHA256SUMS as `sha256sum` writes it, sorted by name. */
export const sumsText = (digests: ReadonlyMap<string, string>): string =>
  [...digests]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, digest]) => `${digest}  ${name}\n`)
    .join('');

export const digestsOf = (files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> =>
  new Map([...files].map(([name, bytes]) => [name, sha256(bytes)]));
