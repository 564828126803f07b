// What all servers of a world share: the folder, the binaries, who runs them, the password, and an empty cluster to copy from.
import { execFile, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Registry } from '../../process/registry.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import { findBinaries, type RunAs } from './binaries.ts';

export const USER = 'postgres';
export const DATABASE = 'postgres';
/** Small segments: a world is on disk only for a drill. */
const WAL_SEGMENT_MB = 1;
const RUN_MS_MAX = 60_000;

export interface PostgresHost {
  readonly folder: string;
  readonly bin: string;
  readonly user: RunAs;
  readonly password: string;
  readonly registry: Registry;
  /** Folder of a server's data, of its archive, of its base backup. */
  readonly dataOf: (server: string) => string;
  readonly archiveOf: (server: string) => string;
  readonly backupOf: (server: string) => string;
}

interface HostParts {
  readonly folder: string;
  readonly user: RunAs;
  readonly password: string;
  readonly registry: Registry;
}

/** Prepares an empty folder and makes the empty cluster. */
export function createPostgresHost(parts: HostParts): PostgresHost {
  const host = openPostgresHost(parts);
  for (const name of ['servers', 'archive', 'backups', 'kept'])
    mkdirSync(join(host.folder, name), { recursive: true, mode: 0o711 });
  initialise(host);
  return host;
}

/** A folder that was prepared earlier, to look at what stands there. */
export function openPostgresHost({ folder, user, password, registry }: HostParts): PostgresHost {
  const under = (name: string) => (server: string) => join(folder, name, server);
  const paths = { dataOf: under('servers'), archiveOf: under('archive'), backupOf: under('backups') };
  return { folder, bin: findBinaries(folder, user), user, password, registry, ...paths };
}

const templateOf = (host: PostgresHost) => join(host.folder, 'template');

function initialise(host: PostgresHost): void {
  const secret = join(host.folder, 'initial-password');
  const data = templateOf(host);
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(secret, host.password, { mode: 0o600 });
  const { uid, gid = uid } = host.user;
  if (uid !== undefined && gid !== undefined) for (const path of [data, secret]) chownSync(path, uid, gid);
  const args = [
    '-D',
    data,
    '-U',
    USER,
    '--auth=scram-sha-256',
    `--pwfile=${secret}`,
    '--encoding=UTF8',
    '--locale=C',
    '-N',
    `--wal-segsize=${WAL_SEGMENT_MB}`,
  ];
  const made = spawnSync(join(host.bin, 'initdb'), args, {
    ...host.user,
    cwd: '/',
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
  });
  rmSync(secret);
  if (made.status !== 0)
    throw new DataPlaneError('postgres-failed', `initdb failed: ${made.error?.message ?? made.stderr.slice(-2000)}`);
}

/** Makes a server's data folder as a copy of the empty cluster. */
export const copyTemplate = (host: PostgresHost, server: string): Promise<void> =>
  copyFolder(templateOf(host), host.dataOf(server));

/** Copies with owner and modes to a path where nothing is yet; shares blocks where the file system can. */
export const copyFolder = (from: string, to: string): Promise<void> => run('cp', ['-a', '--reflink=auto', from, to]);

/** Gives files to the user who runs PostgreSQL. */
export async function own({ user }: PostgresHost, ...paths: readonly string[]): Promise<void> {
  if (user.uid !== undefined) await run('chown', ['-R', `${user.uid}:${user.gid ?? user.uid}`, ...paths]);
}

const execute = promisify(execFile);

/**
 * Runs a program of the system. It is waited for without blocking: this process carries the links between the regions, and what they
 * have in flight would grow while it stood still. Throws DataPlaneError `copy-failed`.
 */
export async function run(program: string, args: readonly string[]): Promise<void> {
  try {
    await execute(program, args, { timeout: RUN_MS_MAX, killSignal: 'SIGKILL' });
  } catch (cause) {
    const { stderr = '' } = cause as { readonly stderr?: string };
    throw new DataPlaneError('copy-failed', `expected ${program} to succeed, found: ${stderr.trim().slice(-500)}`, {
      cause,
    });
  }
}
