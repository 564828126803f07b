import { readFileSync } from 'node:fs';
import { TwinProcessError } from './twin-process-error.ts';

export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * Whom to run PostgreSQL as, which refuses to run as root: undefined (this process's own user) unless this process is
 * root; then `postgres`, else `nobody`. The user must be in /etc/passwd because initdb looks itself up there. Throws
 * TwinProcessError `no-user`.
 */
export function unprivilegedUser(): UnprivilegedUser | undefined {
  return process.geteuid?.() === 0 ? findUser(readFileSync('/etc/passwd', 'utf8')) : undefined;
}

/** The first candidate in the text of a passwd(5) file that is not root under another name. */
export function findUser(passwd: string): UnprivilegedUser {
  const users = passwd.split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = users.find(([user]) => user === name) ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid), name };
  }
  throw new TwinProcessError(
    'no-user',
    `expected a user ${CANDIDATES.join(' or ')} in /etc/passwd to run PostgreSQL as, found neither`,
  );
}
