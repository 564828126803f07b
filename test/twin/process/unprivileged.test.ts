import { describe, expect, it } from 'vitest';
import { findUser, unprivilegedUser } from '../../../src/twin/process/unprivileged.ts';

const line = (name: string, uid: number, gid: number) => `${name}:x:${uid}:${gid}::/:/bin/sh`;

describe('the user to run PostgreSQL as', () => {
  it('is postgres, wherever it stands', () => {
    const passwd = [line('root', 0, 0), line('nobody', 65534, 65534), line('postgres', 105, 110), ''].join('\n');
    expect(findUser(passwd)).toEqual({ uid: 105, gid: 110, name: 'postgres' });
  });

  it('is nobody when there is no postgres, or when postgres is root', () => {
    const nobody = { uid: 65534, gid: 65533, name: 'nobody' };
    expect(findUser(line('nobody', 65534, 65533))).toEqual(nobody);
    expect(findUser(`${line('postgres', 0, 0)}\n${line('nobody', 65534, 65533)}`)).toEqual(nobody);
  });

  it('is missed with an error of its own', () => {
    expect(() => findUser(line('root', 0, 0))).toThrow(expect.objectContaining({ code: 'no-user' }));
  });

  it('is the own one unless this is root', () => {
    expect(unprivilegedUser() === undefined).toBe(process.geteuid?.() !== 0);
  });
});
