// Shared memory of processes, as the kernel lists it, and what of it is still there.
import { existsSync, readFileSync } from 'node:fs';

/** Names of the segments that a process has mapped: `sysv 32769` and `/dev/shm/PostgreSQL.17`. */
export function memoryOf(pid: number): readonly string[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, , , , inode, path = ''] = line.split(/\s+/);
    if (path.startsWith('/SYSV')) return `sysv ${inode}`;
    return path.startsWith('/dev/shm/') ? path : [];
  });
}

export const stillThere = (segments: readonly string[]): readonly string[] =>
  segments.filter((name) => (name.startsWith('sysv ') ? sysvIds().includes(name.slice(5)) : existsSync(name)));

/** The first line holds the titles of the columns; the second column is the id. */
const sysvIds = (): readonly (string | undefined)[] =>
  readFileSync('/proc/sysvipc/shm', 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/)[1]);
