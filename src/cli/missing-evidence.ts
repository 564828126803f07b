// What is gone of the evidence of a closed run: a record that somebody took files from must not look whole.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FILES } from '../evidence/package-files.ts';

export interface MissingEvidence {
  /** Folder of the package of the run's newest end. */
  readonly dir: string;
  /** Names of the files that it lacks; all of them when there is no package. */
  readonly files: readonly string[];
}

/** Undefined when every file stands. Whether they are the ones that were signed, only `verify` says. */
export function missingEvidence(dir: string): MissingEvidence | undefined {
  const files = Object.keys(PACKAGE_FILES).filter((name) => !stands(join(dir, name)));
  return files.length === 0 ? undefined : { dir, files };
}

const stands = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** One line for people. */
export function missingEvidenceText({ dir, files }: MissingEvidence, run: string): string {
  const isWhole = files.length === Object.keys(PACKAGE_FILES).length;
  return isWhole
    ? `evidence is missing: expected a package at ${dir}, found none; drillmaster evidence ${run} writes it`
    : `evidence is missing: ${dir} lacks ${files.join(', ')}; move it away, then drillmaster evidence ${run} writes it again`;
}
