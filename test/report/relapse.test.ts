import { describe, expect, it } from 'vitest';
import { evaluateRun } from '../../src/report/outcome.ts';
import { makeResult } from '../../src/report/result.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { buildRun, place, planOf, START, timedAt } from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

describe('the outcome of a drill whose service may fail again after it was stable', () => {
  /** The stable window is claimed at 31,432; here verification goes on to 36,000 for a check. */
  const longer = (failsFrom: number, failsUntil: number, lastCheckAt = 36_000) => {
    const { timed } = buildRun({}, (body) =>
      body.type === 'probe.readings'
        ? {
            ...body,
            readings: body.readings.map(([sent, end, healthy, detail]): (typeof body.readings)[number] =>
              sent >= START + failsFrom && sent < START + failsUntil
                ? [sent, end, false, 'status 503']
                : detail === undefined
                  ? [sent, end, healthy]
                  : [sent, end, healthy, detail],
            ),
          }
        : body,
    );
    const events = timed.map((event) =>
      event.body.type === 'step.succeeded' && event.body.step === 'no-holes'
        ? { ...event, at: START + lastCheckAt }
        : event.at > START + 31_440 && event.body.type !== 'probe.readings'
          ? { ...event, at: event.at + 4700 }
          : event,
    );
    const last = events.findLast(({ body }) => body.type === 'restoration.proved')?.at ?? 0;
    const well = Array.from({ length: 23 }, (_, index): [number, number, boolean] => [
      last - 5700 + index * 250,
      last - 5670 + index * 250,
      true,
    ]);
    return [...events, { at: last - 1, body: { type: 'probe.readings', probe: 'shop', readings: well } as const }];
  };
  const outcomeOf = (failsFrom: number, failsUntil: number) => {
    const plan = planOf();
    return evaluateRun(plan, smallKernel(plan), place(longer(failsFrom, failsUntil)));
  };

  it('is passed when it never did', () => {
    expect(outcomeOf(0, 0)).toEqual({ outcome: 'passed', reasons: [] });
  });

  it('is inconclusive when the service came back while recovery was verified', () => {
    const { outcome, reasons } = outcomeOf(33_000, 34_000);
    expect(outcome).toBe('inconclusive');
    expect(reasons).toContain(
      'probe shop failed again after it had recovered (10:00:33.150): status 503; it came back before verification ended',
    );
  });

  it('is failed when the service did not come back', () => {
    const { outcome, reasons } = outcomeOf(33_000, 37_000);
    expect(outcome).toBe('failed');
    expect(reasons[0]).toBe(
      'probe shop failed again after it had recovered (10:00:33.150): status 503; it had not come back when verification ended',
    );
  });

  it('is no worse for an interruption that belongs to restoration', () => {
    expect(outcomeOf(36_100, 37_000).outcome).toBe('passed');
  });

  describe('while people held its verification', () => {
    /** Checks and stable window are over at 31,432; the pause ends at 36,000, and restoration begins. */
    const heldOutcomeOf = (failsFrom: number, failsUntil: number) => {
      const plan = planOf();
      const held = [
        timedAt(27_000, { type: 'run.paused', as: 'dana', reason: 'a look at the shop' }),
        timedAt(36_000, { type: 'run.continued', as: 'dana' }),
      ];
      return evaluateRun(plan, createKernel(plan), place([...longer(failsFrom, failsUntil, 28_000), ...held]));
    };

    it('is passed when it never did', () => {
      expect(heldOutcomeOf(0, 0)).toEqual({ outcome: 'passed', reasons: [] });
    });

    it('is failed when it was still down when they let the run go on', () => {
      const { outcome, reasons } = heldOutcomeOf(33_000, 37_000);
      expect([outcome, reasons[0]]).toEqual([
        'failed',
        'probe shop failed again after it had recovered (10:00:33.150): status 503; it had not come back when verification ended',
      ]);
    });

    it('is inconclusive when it had come back by then', () => {
      expect(heldOutcomeOf(33_000, 34_000).outcome).toBe('inconclusive');
    });
  });

  it('has no T4 and no T5 from the window before it', () => {
    const plan = planOf();
    const result = makeResult(plan, smallKernel(plan), place(longer(33_000, 37_000)), 'e'.repeat(64));
    expect(result.systems.map(({ instants: { T4, T5 }, rto }) => [T4, T5, rto.verdict])).toEqual([
      [null, null, 'not-measured'],
    ]);
    expect(result.systems[0]?.rto.reason).toContain('probe shop failed again after it had been stable');
  });
});
