import { describe, expect, it } from 'vitest';
import type { ChildRecord, ChildRuns, ChildStanding } from '../../src/model/child.ts';
import { drillRun } from '../../src/providers/drill/drill-run.ts';
import { buildWorld, contextOf, inspect, rejection, startAndObserve } from './world-builder.ts';

const given = { drill: 'drills/region-failover.yaml' };
const PASSED = {
  drill: 'region-failover',
  run: 'run-1.step',
  outcome: 'passed',
  digest: 'd'.repeat(64),
  why: '',
} as const;

/** Somebody who drives children, and what he was asked. */
function driverOf(standing: ChildStanding, end: ChildRecord & { readonly why: string } = PASSED) {
  const asked: string[] = [];
  const recorded: ChildRecord[] = [];
  const children: ChildRuns = {
    look: async (key) => ({ run: key, standing }),
    begin: async (key, attempt) => {
      asked.push(`begin ${key} ${attempt}`);
      return { run: key };
    },
    end: async (key, attempt) => {
      asked.push(`end ${key} ${attempt}`);
      return end;
    },
  };
  const context = {
    ...contextOf({ ...buildWorld(), children }),
    recordChild: async (child: ChildRecord) => void recorded.push(child),
  };
  return { context, asked, recorded };
}

describe('drill/run', () => {
  it.each<[ChildStanding, string]>([
    ['absent', 'not-started'],
    ['open', 'running'],
    // How it ended is for observe to tell.
    ['closed', 'running'],
  ])('finds a child that is %s %s', async (standing, finding) => {
    const { context, asked } = driverOf(standing);
    expect(await inspect(drillRun, given, context)).toMatchObject({ finding });
    expect(asked).toEqual([]);
  });

  it('begins one child, waits for its end, and records it', async () => {
    const { context, asked, recorded } = driverOf('absent');
    const { why: _, ...child } = PASSED;
    expect(await startAndObserve(drillRun, given, context)).toEqual(child);
    expect(asked).toEqual([`begin ${context.key} 1`, `end ${context.key} 1`]);
    expect(recorded).toEqual([child]);
  });

  it.each(['stuck', 'aborted', 'failed', 'inconclusive', 'not-ready'] as const)(
    'fails when the child ended %s, after that is on record',
    async (outcome) => {
      const { context, recorded } = driverOf('open', { ...PASSED, outcome, why: 'the reason' });
      expect(await rejection(drillRun.observe(given, undefined, context))).toMatchObject({
        code: 'child-failed',
        message: `child run run-1.step ended ${outcome}: the reason`,
        retryable: false,
        ambiguous: false,
      });
      expect(recorded).toMatchObject([{ outcome }]);
    },
  );

  it('fails when a child that passed has no evidence', async () => {
    const { context } = driverOf('open', { ...PASSED, digest: null, why: 'the disk is full' });
    expect(await rejection(drillRun.observe(given, undefined, context))).toMatchObject({
      code: 'child-failed',
      message: 'child run run-1.step passed and has no evidence that verifies: the disk is full',
    });
  });

  it('says so where nobody drives children', async () => {
    expect(await rejection(inspect(drillRun, given))).toMatchObject({ code: 'child-undriven' });
  });

  it.each([
    { drill: '/etc/x.yaml' },
    { drill: '../x.yaml' },
    { drill: 'drills/x.md' },
    { ...given, scope: [] },
    { ...given, declaration: { roles: [] } },
  ])('takes no %j', (input) => {
    expect(drillRun.input.safeParse(input).success).toBe(false);
  });
});
