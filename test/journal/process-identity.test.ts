import { describe, expect, it } from 'vitest';
import { isAlive, thisProcess } from '../../src/journal/process-identity.ts';

/** Above the largest pid that Linux gives. */
const NO_PID = 2 ** 22 + 1;

describe('the identity of a process', () => {
  it('says that this one lives', () => {
    expect(isAlive(thisProcess())).toBe(true);
  });

  it('tells this process from another one that had its pid', () => {
    expect(isAlive({ pid: process.pid, startedAt: 'another boot:1' })).toBe(false);
  });

  it('says that a process that is gone does not live', () => {
    expect(isAlive({ pid: NO_PID, startedAt: '' })).toBe(false);
  });

  it('takes the pid alone where no start time is known', () => {
    expect(isAlive({ pid: process.pid, startedAt: '' })).toBe(true);
  });
});
