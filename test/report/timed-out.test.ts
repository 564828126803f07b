// A step that timed out says so, and after how long, wherever a reader looks for why it did not succeed.
import { describe, expect, it } from 'vitest';
import type { EventBody, Finding } from '../../src/model/events.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { makeResult } from '../../src/report/result.ts';
import { recordOf, stepLog } from '../../src/report/step-log.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { HEAD } from './measure.ts';
import { place, planOf, type Timed, TRAFFIC, timedAt, timedEvents } from './run-builder.ts';

const plan = planOf();
const judge = (timed: readonly Timed[]) => makeResult(plan, createKernel(plan), place(timed), HEAD);
const timedOut = (step: string, attempt = 1): EventBody => ({
  type: 'timer.fired',
  timer: `timeout:${step}:${attempt}`,
});
const started = (step: string, attempt = 1): EventBody => ({ type: 'step.started', step, attempt, requestId: 'id' });
const inspected = (step: string, finding: Finding, detail: string): EventBody => ({
  type: 'step.inspected',
  step,
  attempt: 1,
  finding,
  detail,
});
const before = (ms: number) => {
  const end = timedAt(ms, timedOut('')).at;
  return timedEvents().filter(({ at }) => at < end);
};
/** The step `steer` was sent and not answered. */
const steering = (...bodies: readonly EventBody[]) =>
  judge([
    ...before(24_750),
    ...[started('steer'), ...bodies].map((body, index) => timedAt(24_750 + index * 1000, body)),
  ]);

describe('a check that timed out', () => {
  const timed = [
    ...timedEvents().filter(({ body }) => !(body.type === 'step.succeeded' && body.step === 'no-holes')),
    timedAt(28_000, timedOut('no-holes')),
  ];
  const result = judge(timed);

  it('is named in the reasons, with the time that it had', () => {
    expect(result.reasons).toContain('check no-holes timed out after 10 min');
  });

  it('was run, and is no failure without a cause', () => {
    expect(result.checks.find(({ id }) => id === 'no-holes')).toMatchObject({
      passed: false,
      observed: 'timed out after 10 min',
    });
    expect(result.steps.find(({ id }) => id === 'no-holes')).toMatchObject({
      status: 'failed',
      timedOutAfterMs: 600_000,
      durationMs: 2040,
    });
  });

  it('is shown in every form of the report', () => {
    expect(reportMarkdown(result, plan, place(timed))).toMatch(/\| no-holes \|.*\| failed, timed out \|/);
    expect(reportHtml(result, plan, place(timed))).toContain('failed, timed out');
  });
});

describe('a write that timed out', () => {
  it.each([
    ['not-started', 'step steer timed out after 10 min, and nothing of it was found: it is enabled'],
    [
      'running',
      `step steer (azure/trafficmanager.endpoint) on ${TRAFFIC}: timed out after 10 min and still runs: it is enabled`,
    ],
    [
      'unknown',
      `step steer (azure/trafficmanager.endpoint) on ${TRAFFIC}: timed out after 10 min, and nobody can tell what became of it: it is enabled`,
    ],
  ] as const)('and is found %s afterwards says both', (finding, reason) => {
    expect(steering(timedOut('steer'), inspected('steer', finding, 'it is enabled')).reasons).toContain(reason);
  });

  it('and is found done has not failed', () => {
    const { steps, reasons } = steering(timedOut('steer'), inspected('steer', 'done', 'it is enabled'));
    expect(steps.find(({ id }) => id === 'steer')).toMatchObject({ status: 'succeeded' });
    expect(steps.find(({ id }) => id === 'steer')).not.toHaveProperty('timedOutAfterMs');
    expect(reasons.join()).not.toContain('timed out');
  });
});

describe('a step of which nobody can tell what became of it', () => {
  it('says so beside what was seen', () => {
    expect(steering(inspected('steer', 'unknown', 'it is enabled')).reasons).toContain(
      `step steer (azure/trafficmanager.endpoint) on ${TRAFFIC}: nobody can tell what became of its request: it is enabled`,
    );
  });
});

describe('the record of a step', () => {
  const failed: EventBody = {
    type: 'step.failed',
    step: 'steer',
    attempt: 2,
    error: { code: 'refused', message: 'no' },
    retryable: false,
  };
  const timedOutAt = (...bodies: readonly EventBody[]) =>
    recordOf(stepLog(place(bodies.map((body, at) => ({ at, body })))), 'steer').timedOutAt;

  it('has the time-out of the last attempt alone', () => {
    expect(timedOutAt(started('steer'), timedOut('steer'))).toBe(1);
    expect(timedOutAt(started('steer'), timedOut('steer'), started('steer', 2))).toBeNull();
    expect(timedOutAt(started('steer'), timedOut('steer'), failed)).toBeNull();
    expect(timedOutAt(started('steer'), timedOut('steer'), started('steer', 2), timedOut('steer', 2))).toBe(3);
  });

  it('has none of an attempt that was answered before its timer was read, or of another step', () => {
    expect(timedOutAt(started('steer'), { ...failed, attempt: 1 }, timedOut('steer'))).toBeNull();
    expect(timedOutAt(started('steer'), timedOut('promote'))).toBeNull();
  });

  it('keeps it when the step is taken back', () => {
    const undo: EventBody = { type: 'undo.started', step: 'steer', attempt: 2, requestId: 'id' };
    expect(timedOutAt(started('steer'), timedOut('steer'), undo)).toBe(1);
  });
});
