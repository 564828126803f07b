// The orchestrator was down for a while: what is measured over the gap, and what is not.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { measured, orders, resultOf } from './measure.ts';
import { buildRun, place, START, timedAt } from './run-builder.ts';

/** The built run without what a process would have seen between two instants; another one takes over at the second. */
function downBetween(from: number, to: number, change: (body: EventBody) => EventBody | undefined = (body) => body) {
  const isSeen = (sent: number) => sent - START < from || sent - START >= to;
  const { plan, timed } = buildRun({}, (body) => {
    if (body.type === 'probe.readings') {
      const readings = body.readings.filter(([sent]) => isSeen(sent));
      // Who is gone journals nothing, not even that there was nothing to see.
      return readings.length === 0 ? undefined : change({ ...body, readings });
    }
    if (body.type === 'canary.writes') {
      const writes = body.writes.filter(([, sent]) => isSeen(sent));
      return writes.length === 0 ? undefined : change({ ...body, writes });
    }
    return change(body);
  });
  const resumed = timedAt(to, { type: 'run.resumed', by: 'process 2' });
  return orders(resultOf(plan, place([...timed, resumed])));
}

describe('a run whose orchestrator was down', () => {
  it('has the recovery time that passed: the clock went on', () => {
    const whole = orders(measured());
    const gap = downBetween(7000, 24_000);
    expect(gap.rto).toMatchObject({
      actualMs: whole.rto.actualMs,
      uncertaintyMs: whole.rto.uncertaintyMs,
      verdict: 'met',
    });
    expect(gap.rpo).toEqual(whole.rpo);
  });

  it('has no recovery point when no canary wrote at the moment of loss', () => {
    const { rpo } = downBetween(5500, 7000);
    expect(rpo).toMatchObject({ actualMs: null, verdict: 'not-measured' });
    expect(rpo.reason).toBe('no write of canary orders-rows was acknowledged within two intervals before Ts');
  });

  it('is not verified by a stable window that nobody saw', () => {
    const { rto } = downBetween(28_000, 59_000);
    expect(rto.verdict).toBe('not-measured');
    expect(rto.reason).toBe('recovery was not verified: readings of probe shop have a hole');
  });
});
