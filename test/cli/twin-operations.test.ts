import { describe, expect, it } from 'vitest';
import { notKnownToBeSlowEnough } from '../../src/cli/twin-operations.ts';
import type { JournaledOperation } from '../../src/twin/index.ts';

const NOW = 100_000;
const operation = (changes: Partial<JournaledOperation>): JournaledOperation => ({
  id: 'one',
  operation: 'PATCH servers',
  resource: '/one',
  status: 'Succeeded',
  startedAt: 80_000,
  endedAt: 96_000,
  tookMs: 16_000,
  recordedMs: 15_000,
  faster: false,
  ...changes,
});
const listed = (changes: Partial<JournaledOperation>) => notKnownToBeSlowEnough([operation(changes)], NOW);

describe('operations of a twin', () => {
  it('that took as long as the shortest on record are not listed', () => {
    expect(listed({})).toEqual([]);
  });

  it('that were faster are listed with both times', () => {
    expect(listed({ tookMs: 2000, faster: true })).toEqual([
      { operation: 'PATCH servers', resource: '/one', startedAt: 80_000, tookMs: 2000, recordedMs: 15_000 },
    ]);
  });

  it('that have no record to compare with are listed, whatever became of them', () => {
    const expected = { operation: 'PATCH servers', resource: '/one', startedAt: 80_000, recordedMs: null };
    expect(listed({ recordedMs: null })).toEqual([{ ...expected, tookMs: 16_000 }]);
    expect(listed({ recordedMs: null, status: 'Failed' })).toEqual([{ ...expected, tookMs: 16_000 }]);
    const running = { status: 'InProgress', endedAt: null, tookMs: null } as const;
    expect(listed({ recordedMs: null, ...running })).toEqual([{ ...expected, tookMs: null }]);
  });

  it('that are still at work are listed until they have taken as long as the shortest on record', () => {
    const running = { status: 'InProgress', endedAt: null, tookMs: null } as const;
    expect(listed({ ...running, startedAt: NOW - 14_999 })).toEqual([
      { operation: 'PATCH servers', resource: '/one', startedAt: NOW - 14_999, tookMs: null, recordedMs: 15_000 },
    ]);
    expect(listed({ ...running, startedAt: NOW - 15_000 })).toEqual([]);
  });
});
