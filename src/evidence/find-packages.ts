// Who verifies the folder above the packages is told which packages lie there, instead of which files it lacks.
import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { printable } from '../report/printable.ts';
import { ATTESTATION_FILE, PACKAGE_FILES } from './package-files.ts';

const NAMED_MAX = 20;
/** A folder of a million others is not looked through. */
const FOLDERS_MAX = 1000;

/**
 * Throws UsageError `usage` when `dir` holds packages and nothing of a package itself. A folder with one file of a package is a package,
 * and what it lacks is for `readPackage` to say.
 */
export async function refuseFolderOfPackages(dir: string): Promise<void> {
  const names = await readdir(dir).catch((): readonly string[] => []);
  if (names.some((name) => Object.hasOwn(PACKAGE_FILES, name))) return;
  const packages = names.slice(0, FOLDERS_MAX).filter((name) => isPackage(join(dir, name)));
  if (packages.length === 0) return;
  const more = packages.length - NAMED_MAX;
  const found = `a folder of ${packages.length} package${packages.length === 1 ? '' : 's'}`;
  throw new UsageError(
    'usage',
    [
      `expected an evidence package at ${dir}, found ${found}; verify one of them:`,
      ...packages
        .toSorted()
        .slice(0, NAMED_MAX)
        .map((name) => `  ${printable(join(dir, name))}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
  );
}

/** A link is not followed: what it leads to may lie anywhere. */
function isPackage(dir: string): boolean {
  const options = { throwIfNoEntry: false } as const;
  try {
    return (
      lstatSync(dir, options)?.isDirectory() === true &&
      lstatSync(join(dir, ATTESTATION_FILE), options)?.isFile() === true
    );
  } catch {
    // What may not be looked into is nothing that could be verified.
    return false;
  }
}
