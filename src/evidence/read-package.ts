// Reads the folder of a package that anybody may have made: no links, no surprises, no more bytes than expected.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { printable } from '../report/printable.ts';
import type { Finding } from './finding.ts';
import { PACKAGE_FILES } from './package-files.ts';

const NAME_CHARACTERS_MAX = 100;
/** Enough to see what is going on; a folder of a million files is not listed. */
const UNEXPECTED_FINDINGS_MAX = 20;

export interface ReadPackage {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly findings: readonly Finding[];
}

/** Reads every file that belongs to a package and names whatever else stands there. Throws UsageError `not-found` for no folder. */
export async function readPackage(dir: string): Promise<ReadPackage> {
  const names = await namesIn(dir);
  const files = new Map<string, Buffer>();
  const findings: Finding[] = names
    .filter((name) => !Object.hasOwn(PACKAGE_FILES, name))
    .slice(0, UNEXPECTED_FINDINGS_MAX)
    .map((name) => ({
      code: 'unexpected-file',
      file: shown(name),
      detail: 'expected only the files of a package, found this one too',
    }));
  for (const [name, bytesMax] of Object.entries(PACKAGE_FILES)) {
    const read = names.includes(name) ? await readPlainFile(join(dir, name), bytesMax) : undefined;
    if (read === undefined)
      findings.push({ code: 'missing-file', file: name, detail: 'expected this file, found none' });
    else if (typeof read === 'string') findings.push({ code: 'unreadable-file', file: name, detail: read });
    else files.set(name, read);
  }
  return { files, findings };
}

const shown = (name: string) => printable(name).slice(0, NAME_CHARACTERS_MAX);

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (cause) {
    throw new UsageError('not-found', `${dir}: expected the folder of an evidence package, found none`, { cause });
  }
}

/** The bytes, or why not. A link is not followed, and a pipe or device is never waited for. */
async function readPlainFile(path: string, bytesMax: number): Promise<Buffer | string> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return 'expected a plain file, found something else';
      if (stat.size > bytesMax) return `expected at most ${bytesMax} bytes, found ${stat.size}`;
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return `expected a plain file, found none that can be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'})`;
  }
}
