// Measuring and judging with the machine that really runs drills, where the other tests of this folder take a smaller one.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { makeResult } from '../../src/report/result.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { HEAD, resultOf } from './measure.ts';
import { buildRun, ending, inventory, place, START, type Timed, timedAt, timedEvents } from './run-builder.ts';

const judge = (timed: readonly Timed[]) => {
  const { plan } = buildRun();
  return makeResult(plan, createKernel(plan), place(timed), HEAD);
};
const upTo = (ms: number) => {
  const { timed } = buildRun();
  const start = timed[0]?.at ?? 0;
  return timed.filter(({ at }) => at - start <= ms);
};
const ended = (from: number): readonly Timed[] => [
  timedAt(from, { type: 'undo.started', step: 'lose-west-europe', attempt: 1, requestId: 'undo' }),
  timedAt(from + 100, { type: 'undo.succeeded', step: 'lose-west-europe', attempt: 1, output: {} }),
];
/** Restoration ends, the service is well for as long as the baseline asked for, and is said to be so. */
const proved = (from: number): readonly Timed[] => [
  timedAt(from, { type: 'restoration.cleaned', removed: [], leftOvers: [] }),
  timedAt(from + 5300, {
    type: 'probe.readings',
    probe: 'shop',
    readings: Array.from({ length: 21 }, (_, index) => {
      const sent = START + from + index * 250;
      return [sent, sent + 30, true];
    }),
  }),
  timedAt(from + 5400, { type: 'restoration.proved', proved: true, differences: [], leftOvers: [], inventory }),
];
const failed = (step: string, code = 'Conflict'): EventBody => ({
  type: 'step.failed',
  step,
  attempt: 1,
  retryable: false,
  error: { code, message: 'server is busy' },
});

describe('a result made with the machine', () => {
  it('is the one that events alone suggest when all went well', () => {
    const { plan, events } = buildRun();
    expect(makeResult(plan, createKernel(plan), events, HEAD)).toEqual(resultOf(plan, events));
  });

  it('passes only once restoration was proved, wherever the run is cut', () => {
    const { plan, events } = buildRun();
    for (let length = 1; length <= events.length; length += 1) {
      const cut = events.slice(0, length);
      const { outcome, reasons } = evaluateRun(plan, createKernel(plan), cut);
      expect(outcome === 'passed').toBe(cut.some(({ type }) => type === 'restoration.proved'));
      expect(reasons.length === 0).toBe(outcome === 'passed');
    }
  });

  it('does not count an answer that came too late', () => {
    expect(judge([...timedEvents(), timedAt(40_000, failed('steer'))]).outcome).toBe('passed');
  });

  it('is failed after a failed recovery, with the disruption ended and restoration skipped', () => {
    const result = judge([...upTo(20_000), timedAt(20_100, failed('promote')), ...ended(20_200), ...proved(21_000)]);
    expect(result.outcome).toBe('failed');
    expect(result.reasons[0]).toBe('step promote failed: server is busy (Conflict)');
    expect(result.steps.map(({ status }) => status)).toEqual([
      'undone',
      'failed',
      'skipped',
      'not-started',
      'not-started',
      'skipped',
      'skipped',
      'skipped',
    ]);
  });

  it('is aborted after an abort, and says so first', () => {
    const abort = timedAt(20_050, { type: 'abort.requested', as: 'dana', reason: 'customers call' });
    const result = judge([
      ...upTo(20_000),
      abort,
      timedAt(20_100, failed('promote')),
      ...ended(20_200),
      ...proved(21_000),
    ]);
    expect([result.outcome, result.reasons[0]]).toEqual(['aborted', 'aborted by dana: customers call']);
  });

  it('is stuck when an undo failed for good, and names the disruption that goes on', () => {
    const unended: readonly Timed[] = [
      timedAt(20_200, { type: 'undo.started', step: 'lose-west-europe', attempt: 1, requestId: 'undo' }),
      timedAt(20_300, {
        type: 'undo.failed',
        step: 'lose-west-europe',
        attempt: 1,
        retryable: false,
        error: { code: 'Gone', message: 'no such region' },
      }),
    ];
    const result = judge([...upTo(20_000), timedAt(20_100, failed('promote')), ...unended, ...proved(21_000)]);
    expect(result.outcome).toBe('stuck');
    expect(result.stuck[0]?.state).toMatch(/^undo of step lose-west-europe .*: Gone: no such region$/);
  });

  it('is stuck when nobody can tell what became of a request', () => {
    const lost: readonly Timed[] = [
      timedAt(20_100, {
        type: 'step.interrupted',
        step: 'promote',
        attempt: 1,
        error: { code: 'ECONNRESET', message: 'connection reset' },
      }),
      timedAt(20_200, {
        type: 'step.inspected',
        step: 'promote',
        attempt: 1,
        finding: 'unknown',
        detail: 'the server does not say',
      }),
    ];
    const result = judge([...upTo(20_000), ...lost, ...ended(20_300), ...proved(21_000)]);
    expect([result.outcome, result.steps[1]?.status]).toEqual(['stuck', 'stuck']);
    expect(result.stuck[0]?.state).toContain('step promote');
  });

  describe('of a run that was taken up again', () => {
    const again = (purpose: 'restoration' | 'evaluation') =>
      timedAt(70_000, { type: 'run.reopened', for: purpose, as: 'dana', reason: 'the lock is gone' });

    it('is passed for evaluation once what stood was accepted, and stuck as long as it is not', () => {
      const table = 'table drillmaster_canary on orders-db-neu';
      const { timed } = buildRun({}, (body) =>
        body.type === 'restoration.cleaned' ? { ...body, leftOvers: [table] } : body,
      );
      const accepted = timedAt(70_100, { type: 'resource.accepted', resource: table, as: 'dana', reason: 'kept' });
      const closed = [...timed, ...ending('stuck', [])];
      expect(judge([...closed, again('evaluation')]).outcome).toBe('stuck');
      expect(judge([...closed, again('evaluation'), accepted])).toMatchObject({
        outcome: 'passed',
        leftOvers: [{ resource: table, acceptedBy: { as: 'dana', reason: 'kept' } }],
      });
    });

    it('is failed at best for restoration, however well that went', () => {
      const failing = timedAt(31_500, {
        type: 'undo.failed',
        step: 'lose-west-europe',
        attempt: 1,
        retryable: false,
        error: { code: 'Locked', message: 'the group is locked' },
      });
      // An undo that fails for good leaves the way back unsent.
      const whole = timedEvents().filter(({ at, body }) => at < START + 31_460 || body.type === 'probe.readings');
      const stuck = [...whole, failing, ...proved(53_500), ...ending('stuck', [])];
      const before = judge(stuck);
      expect([before.outcome, before.stuck[0]?.command]).toEqual([
        'stuck',
        'drillmaster restore drl-20261121-100000-region-failover',
      ]);
      const undone = [
        timedAt(70_100, { type: 'undo.started', step: 'lose-west-europe', attempt: 2, requestId: 'again' }),
        timedAt(70_200, { type: 'undo.succeeded', step: 'lose-west-europe', attempt: 2, output: {} }),
      ] as const;
      const back = ['reseed', 'switch-back', 'steer-back'].flatMap((step, nth) => [
        timedAt(70_300 + nth * 10, { type: 'step.started', step, attempt: 1, requestId: step }),
        timedAt(70_305 + nth * 10, { type: 'step.succeeded', step, attempt: 1, output: {} }),
      ]);
      const restored = judge([...stuck, again('restoration'), ...undone, ...back, ...proved(71_000)]);
      expect(restored.reasons).toEqual([
        'restoration had to be taken up again by dana after the run had ended stuck: the lock is gone',
      ]);
      expect([restored.outcome, restored.stuck]).toEqual(['failed', []]);
    });
  });

  it('is not-ready when the preflight refused', () => {
    const refused: EventBody = { type: 'preflight.finished', ready: false, findings: ['replica lags'] };
    const opened = upTo(0).slice(0, 1);
    expect(judge([...opened, timedAt(200, refused)])).toMatchObject({
      outcome: 'not-ready',
      reasons: ['preflight: replica lags'],
    });
  });

  it('is aborted when the approval was declined', () => {
    const events = upTo(300).map((event) =>
      event.body.type === 'approval.decided'
        ? { ...event, body: { ...event.body, decision: 'declined' as const } }
        : event,
    );
    expect(judge(events).outcome).toBe('aborted');
  });
});
