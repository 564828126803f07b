import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/model/json.ts';
import { resultSchema } from '../../src/model/result.ts';
import { makeResult, resultText } from '../../src/report/result.ts';
import { stuckParts } from '../../src/report/stuck-text.ts';
import type { Kernel } from '../../src/statechart/kernel.ts';
import { HEAD, measured, resultOf } from './measure.ts';
import { buildRun, ending, PRIMARY, place, planOf, REPLICA, TRAFFIC, timedAt } from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

describe('a result', () => {
  it('fits its schema, whatever became of the run', () => {
    const { plan, events } = buildRun();
    for (let length = 1; length <= events.length; length += 1) {
      const result = resultOf(plan, events.slice(0, length));
      expect(resultSchema.safeParse(result).error).toBeUndefined();
      const isProved = events.slice(0, length).some(({ type }) => type === 'restoration.proved');
      expect(result.outcome === 'passed').toBe(isProved);
    }
  });

  it('is a pure function: equal events give equal bytes', () => {
    const { plan, events } = buildRun();
    const again = structuredClone(events);
    expect(resultText(resultOf(plan, events))).toBe(resultText(resultOf(plan, again)));
  });

  it('carries identity, digest and head', () => {
    expect(measured()).toMatchObject({
      run: 'drl-20261121-100000-region-failover',
      drill: 'region-failover',
      planDigest: digestOf(planOf()),
      environment: { kind: 'twin', name: 'region-failover', fasterThanRecorded: [] },
      eventsHead: HEAD,
    });
  });

  it('lists steps with their times, checks with what was observed, and approvals', () => {
    const { steps, checks, approvals } = measured();
    expect(steps.map(({ id, status }) => [id, status])).toEqual([
      ['lose-west-europe', 'undone'],
      ['promote', 'succeeded'],
      ['steer', 'succeeded'],
      ['shop-answers', 'succeeded'],
      ['no-holes', 'succeeded'],
      ['reseed', 'succeeded'],
      ['switch-back', 'succeeded'],
      ['steer-back', 'succeeded'],
    ]);
    expect(steps[1]).toEqual({
      id: 'promote',
      phase: 'recovery',
      action: 'azure/postgresql.promote',
      status: 'succeeded',
      attempts: 1,
      startedAt: '2026-11-21T10:00:06.450Z',
      endedAt: '2026-11-21T10:00:24.700Z',
      durationMs: 18_250,
    });
    expect(checks[0]).toEqual({ id: 'shop-answers', passed: true, expected: 'status == 200', observed: 'status 200' });
    expect(approvals).toEqual([
      {
        role: 'dr-lead',
        as: 'dana',
        at: '2026-11-21T10:00:00.300Z',
        decision: 'approved',
        verified: false,
        automatic: true,
      },
    ]);
  });

  it('counts attempts, and the time from the first request to the last answer', () => {
    const { plan, timed } = buildRun();
    const failed = {
      type: 'step.failed',
      step: 'steer',
      attempt: 1,
      error: { code: '429', message: 'slow down' },
      retryable: true,
    } as const;
    const started = { type: 'step.started', step: 'steer', attempt: 2, requestId: 'again' } as const;
    const second = timed.map((event) =>
      event.body.type === 'step.succeeded' && event.body.step === 'steer'
        ? { ...event, body: { ...event.body, attempt: 2 } }
        : event,
    );
    const events = place([...second, timedAt(24_900, failed), timedAt(25_200, started)]);
    expect(resultOf(plan, events).steps[2]).toMatchObject({ status: 'succeeded', attempts: 2, durationMs: 1150 });
  });

  it('says of a check that was never answered that it has not passed', () => {
    const result = measured({}, (body) => ('step' in body && body.step === 'no-holes' ? undefined : body));
    expect(result.checks[1]).toEqual({
      id: 'no-holes',
      passed: false,
      expected: 'an answer of postgres/assert',
      observed: 'not run',
    });
  });

  it('does not count step events that the machine refused', () => {
    const { plan, timed } = buildRun();
    const late = timedAt(40_000, {
      type: 'step.failed',
      step: 'steer',
      attempt: 1,
      error: { code: 'Late', message: 'late' },
      retryable: false,
    });
    const refusing = refuseLate(smallKernel(plan));
    const result = makeResult(plan, refusing, place([...timed, late]), HEAD);
    expect([result.outcome, result.steps[2]?.endedAt]).toEqual(['passed', '2026-11-21T10:00:25.900Z']);
  });

  it('refuses events that do not begin with the opening of a run', () => {
    const { plan, events } = buildRun();
    expect(() => resultOf(plan, events.slice(1))).toThrow(
      /expected the events of a run to begin with run\.opened, found preflight\.finished/,
    );
  });

  it('stays the same when the run is judged and closed', () => {
    const { plan, timed, events } = buildRun();
    expect(resultOf(plan, place([...timed, ...ending('passed', [])]))).toEqual(resultOf(plan, events));
  });

  describe('of a stuck run', () => {
    const stuckOn = (kind: 'twin' | 'azure') => {
      const { events } = buildRun({}, (body) =>
        body.type === 'run.opened' ? { ...body, run: "drl 1'; rm -rf /" } : body,
      );
      const plan = planOf();
      const on = place(
        events.map(({ at, seq: _, ...body }) => ({
          at,
          body: body.type === 'run.opened' ? { ...body, environment: { ...body.environment, kind } } : body,
        })),
      );
      return resultOf({ ...plan, environment: { ...plan.environment, kind } }, on, {
        promote: 'stuck',
        steer: 'stuck',
      });
    };

    it('names what stands where, and the command that goes on, ready for a shell', () => {
      const command = String.raw`drillmaster restore 'drl 1'\''; rm -rf /'`;
      expect(stuckOn('azure').stuck).toEqual([
        {
          step: 'promote',
          resource: REPLICA,
          state: `step promote (azure/postgresql.promote) on ${REPLICA}: nobody can tell what became of its request`,
          command,
        },
        {
          step: 'steer',
          resource: TRAFFIC,
          state: `step steer (azure/trafficmanager.endpoint) on ${TRAFFIC}: nobody can tell what became of its request`,
          command,
        },
      ]);
    });

    it('sends people to Azure for what stands there, and nobody for what stands on a twin', () => {
      expect(stuckParts(stuckOn('azure')).map(({ commands }) => commands[0])).toEqual([
        `az postgres flexible-server show --ids ${REPLICA}`,
        `az network traffic-manager profile show --ids ${TRAFFIC}`,
      ]);
      expect(stuckParts(stuckOn('twin'))[0]?.commands[0]).toBe('drillmaster twin status');
    });

    it('tells an undo that failed from the step itself', () => {
      const error = { code: 'Timeout', message: 'no answer' };
      const result = measured({}, (body) =>
        body.type === 'undo.succeeded'
          ? { type: 'undo.failed', step: body.step, attempt: 1, error, retryable: false }
          : body,
      );
      const { plan, events } = buildRun({}, (body) =>
        body.type === 'undo.succeeded'
          ? { type: 'undo.failed', step: body.step, attempt: 1, error, retryable: false }
          : body,
      );
      expect(result.outcome).toBe('stuck');
      expect(resultOf(plan, events, { 'lose-west-europe': 'stuck' }).stuck[0]?.state).toBe(
        `undo of step lose-west-europe (fault/region-outage) on ${PRIMARY}: Timeout: no answer`,
      );
    });
  });
});

function refuseLate<State>(kernel: Kernel<State>): Kernel<State> {
  const isLate = (event: Parameters<typeof kernel.decide>[1]) => event.type === 'step.failed';
  return {
    ...kernel,
    decide: (state, event) =>
      isLate(event) ? { effects: [], changed: false, adopt: (same) => same } : kernel.decide(state, event),
  };
}
