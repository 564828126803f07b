// A small file system in memory, where this process may mount one: for what only a real full disk does.
import { spawnSync } from 'node:child_process';

const run = (command: string, ...args: readonly string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Asked in a mount namespace of its own, so that nothing is left of it. */
export const canMount = (): boolean => run('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt');

export interface SmallDisk {
  readonly bytes?: number;
  readonly readOnly?: boolean;
}

/** Mounts it over a folder for as long as the work takes. */
export async function withSmallDisk(
  folder: string,
  { bytes = 1024 * 1024, readOnly = false }: SmallDisk,
  work: () => void | Promise<void>,
): Promise<void> {
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${bytes}${readOnly ? ',ro' : ''}`, 'tmpfs', folder))
    throw new Error(`expected a file system that can be mounted on ${folder}, found none`);
  try {
    await work();
  } finally {
    unmount(folder);
  }
}

/** Also where nothing is mounted. */
export const unmount = (folder: string): void => void run('umount', '-l', folder);
