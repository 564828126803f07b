// What reports make of people: pauses, waiting, skipped steps and approvals that expired. With the machine that really runs drills.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { digestOf } from '../../src/model/json.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { makeResult } from '../../src/report/result.ts';
import { summaryText } from '../../src/report/text.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { HEAD, orders } from './measure.ts';
import { buildRun, place, type Timed, timedAt, timedEvents } from './run-builder.ts';

const judge = (timed: readonly Timed[]) => {
  const { plan } = buildRun();
  return makeResult(plan, createKernel(plan), place(timed), HEAD);
};
const without = (step: string) => timedEvents().filter(({ body }) => !('step' in body && body.step === step));
const skipped = (step: string): EventBody => ({ type: 'step.skipped', step, attempt: 1, as: 'dana', reason: 'known' });
const paused = (as: string, reason: string): EventBody => ({ type: 'run.paused', as, reason });

describe('a step that a person skipped', () => {
  it('leaves the run not passed when it is a verification', () => {
    const result = judge([...without('no-holes'), timedAt(25_940, skipped('no-holes'))]);
    expect(result.outcome).toBe('inconclusive');
    expect(result.reasons).toContain('step no-holes was skipped by dana: known');
    expect(result.checks.find(({ id }) => id === 'no-holes')).toMatchObject({ passed: false });
  });

  it('leaves the run not passed when it changes data roles', () => {
    const result = judge([...without('promote'), timedAt(6450, skipped('promote'))]);
    expect(result.outcome).not.toBe('passed');
    expect(result.reasons).toContain('step promote was skipped by dana: known');
  });

  it('is named, and no reason against the run, when it was not sent and proves nothing', () => {
    const timed = [...without('steer'), timedAt(24_710, skipped('steer'))];
    const { plan } = buildRun();
    const result = judge(timed);
    expect(result).toMatchObject({ outcome: 'passed', reasons: [] });
    expect(result.steps.find(({ id }) => id === 'steer')?.status).toBe('skipped');
    expect(summaryText(result, plan, place(timed))).toContain('These steps were not done: steer.');
  });

  it('does not count when the machine does not take it', () => {
    expect(judge([...timedEvents(), timedAt(40_000, skipped('no-holes'))]).outcome).toBe('passed');
  });
});

describe('a pause', () => {
  const timed = [
    ...timedEvents(),
    timedAt(10_000, paused('dana', 'vendor')),
    timedAt(11_000, paused('eve', 'too late')),
    timedAt(12_000, { type: 'run.continued', as: 'sam' }),
  ];

  it('is waiting for people, and never taken off the recovery time', () => {
    const { rto } = orders(judge(timed));
    expect([rto.actualMs, rto.parts.waitingMs]).toEqual([22_000, 2000]);
  });

  it('counts once where it overlaps with the decision', () => {
    const changed = timed.map(({ at, body }) =>
      body.type === 'declaration.made' ? { at, body: { ...body, automatic: false } } : { at, body },
    );
    expect(orders(judge(changed)).rto.parts.waitingMs).toBe(2010);
  });

  it('is in every report, with who and why and until when', () => {
    const { plan } = buildRun();
    const events = place(timed);
    const result = judge(timed);
    expect(result.pauses).toEqual([
      {
        as: 'dana',
        reason: 'vendor',
        from: '2026-11-21T10:00:10.000Z',
        until: '2026-11-21T10:00:12.000Z',
        endedBy: 'sam',
      },
    ]);
    const sentence = 'paused by dana for 2 s (10:00:10 to 10:00:12): vendor; sam let it go on';
    expect(summaryText(result, plan, events).replaceAll(/\s+/g, ' ')).toContain(sentence);
    expect(reportHtml(result, plan, events)).toContain(sentence);
    expect(reportMarkdown(result, plan, events)).toContain('paused by dana for 2 s');
  });

  it('that an abort overruled says so', () => {
    const cut = timedEvents().filter(
      ({ body, at }) => body.type === 'run.opened' || at < timedAt(20_000, paused('', '')).at,
    );
    const result = judge([
      ...cut,
      timedAt(20_000, paused('dana', 'vendor')),
      timedAt(20_500, { type: 'abort.requested', as: 'sam', reason: 'enough' }),
    ]);
    expect(result.pauses).toMatchObject([{ until: '2026-11-21T10:00:20.500Z', endedBy: null }]);
  });
});

describe('an approval that expired before anything was sent', () => {
  const { plan } = buildRun();
  const timed = timedEvents().flatMap(({ at, body }): Timed[] => {
    if (body.type === 'run.opened') return [{ at, body: { ...body, unattended: false, requestedBy: 'kim' } }];
    if (body.type !== 'approval.decided') return body.type === 'preflight.finished' ? [{ at, body }] : [];
    return [{ at, body: { ...body, automatic: false, as: 'dana', planDigest: digestOf(plan) } }];
  });

  it('leaves the run not ready, and is shown as expired', () => {
    const result = judge([
      ...timed,
      timedAt(5000, { type: 'timer.fired', timer: 'approval:dana' }),
      timedAt(5100, { type: 'restoration.cleaned', removed: [], leftOvers: [] }),
      timedAt(5200, { type: 'restoration.proved', proved: true, differences: [], leftOvers: [] }),
    ]);
    expect(result).toMatchObject({
      outcome: 'not-ready',
      reasons: ['the approval of dana (dr-lead) expired after 4 h, before the first step was sent'],
      approvals: [{ as: 'dana', expired: true }],
    });
  });

  it('is shown with when it was decided, where a parent handed it on', () => {
    const handed = timed.map(
      ({ at, body }): Timed =>
        body.type === 'approval.decided'
          ? { at, body: { ...body, decidedAt: Date.UTC(2026, 10, 21, 5) } }
          : { at, body },
    );
    const result = judge([
      ...handed,
      timedAt(5000, { type: 'abort.requested', as: 'sam', reason: 'nobody else approves' }),
    ]);
    expect(result.approvals).toMatchObject([{ as: 'dana', at: '2026-11-21T05:00:00.000Z', expired: true }]);
  });
});
