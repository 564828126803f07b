import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import type { StepStatus } from '../../src/statechart/kernel.ts';
import {
  buildRun,
  ending,
  PRIMARY,
  place,
  planOf,
  REPLICA,
  type RunOptions,
  START,
  type Timed,
  timedAt,
} from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

interface Given {
  readonly options?: RunOptions;
  readonly change?: (body: EventBody) => EventBody | readonly EventBody[] | undefined;
  readonly more?: readonly Timed[];
  readonly statuses?: Readonly<Record<string, StepStatus>>;
  readonly plan?: Partial<Plan>;
}

function judged({ options = {}, change, more = [], statuses = {}, plan: parts = {} }: Given = {}) {
  const { timed } = buildRun(options, change);
  const plan = { ...planOf(options), ...parts };
  return evaluateRun(plan, smallKernel(plan, statuses), place([...timed, ...more]));
}
const without =
  (...types: readonly EventBody['type'][]) =>
  (body: EventBody) =>
    types.includes(body.type) ? undefined : body;
const failing =
  (step: string): ((body: EventBody) => EventBody) =>
  (body) =>
    body.type === 'step.succeeded' && body.step === step
      ? {
          type: 'step.failed',
          step,
          attempt: 1,
          retryable: false,
          error: { code: 'Conflict', message: 'server is busy' },
          ...(body.check && { check: body.check }),
        }
      : body;

/** The step was done before anything was sent. */
const found =
  (step: string) =>
  (body: EventBody): EventBody | undefined => {
    if (!('step' in body) || body.step !== step) return body;
    if (body.type !== 'step.succeeded') return undefined;
    return { type: 'step.inspected', step, attempt: 1, finding: 'done', detail: 'there', output: body.output };
  };

/** The run enters its twin at the start, and another process enters one after the declaration. */
const entering = (first: string, second: string) => (body: EventBody) => {
  if (body.type === 'run.opened') return [body, { type: 'world.entered', identity: first }] as const;
  if (body.type !== 'declaration.made') return body;
  return [body, { type: 'run.resumed', by: 'process 2' }, { type: 'world.entered', identity: second }] as const;
};

describe('an outcome', () => {
  it('is no other when a process took over on the same twin', () => {
    expect(judged({ change: entering('twin small, first', 'twin small, first') }).outcome).toBe('passed');
  });

  it('is passed when every reason against it is missing', () => {
    expect(judged()).toEqual({ outcome: 'passed', reasons: [] });
  });

  it('is not passed when the promotion stood before the drill and was never sent', () => {
    const steps = planOf().steps.map((step) => ({ ...step, changesDataRoles: step.id === 'promote' }));
    const { outcome, reasons } = judged({ change: found('promote'), plan: { steps } });
    expect(outcome).toBe('inconclusive');
    expect(reasons).toContain('step promote was found done and never sent: it shows nothing of the recovery');
    expect(judged({ plan: { steps } }).outcome).toBe('passed');
  });

  it('is the same when events follow the evaluation', () => {
    const after = [
      ...ending('passed', []),
      timedAt(60_000, { type: 'abort.requested', as: 'dana', reason: 'too late' }),
    ];
    expect(judged({ more: after }).outcome).toBe('passed');
  });

  it('is failed when an objective was missed, with both numbers', () => {
    const { outcome, reasons } = judged({ options: { rtoMs: 20_000, rpoMs: 100 } });
    expect(outcome).toBe('failed');
    expect(reasons).toEqual([
      'orders: RTO was 22 s ± 290 ms and missed its objective of 20 s',
      'orders: RPO was 295 ms ± 60 ms and missed its objective of 100 ms',
    ]);
  });

  it('is failed when a step failed, with its error', () => {
    const { outcome, reasons } = judged({ change: failing('promote') });
    expect([outcome, reasons[0]]).toEqual(['failed', 'step promote failed: server is busy (Conflict)']);
  });

  it('is failed when the disruption failed, though what it had begun was ended', () => {
    const { outcome, reasons } = judged({ change: failing('lose-west-europe') });
    expect([outcome, reasons[0]]).toEqual(['failed', 'step lose-west-europe failed: server is busy (Conflict)']);
  });

  it('is failed when a check did not pass, with what was expected and observed', () => {
    const { outcome, reasons } = judged({ change: failing('no-holes') });
    expect([outcome, reasons[0]]).toEqual(['failed', 'check no-holes: expected rows[0].holes == 0, observed holes 0']);
  });

  describe('with a check outside verification that a person skipped', () => {
    const look = { ...planOf().steps.find(({ id }) => id === 'shop-answers'), id: 'caught-up' };
    const steps = planOf().steps.flatMap((step) =>
      step.id === 'steer' ? [step, { ...step, ...look, phase: 'recovery' as const }] : [step],
    );
    const statuses = { 'caught-up': 'skipped' } as const;
    const of = { step: 'caught-up', attempt: 1 };
    const skipped = timedAt(25_880, { type: 'step.skipped', ...of, as: 'sam', reason: 'known' });
    const red = [
      timedAt(25_860, { type: 'step.started', ...of, requestId: 'request-look', before: {} }),
      timedAt(25_870, {
        type: 'step.failed',
        ...of,
        error: { code: 'check-failed', message: 'no' },
        retryable: false,
        check: { expected: 'lag == 0', observed: 'lag 7' },
      }),
    ];

    it('is inconclusive when it was never judged', () => {
      expect(judged({ plan: { steps }, statuses, more: [skipped] })).toEqual({
        outcome: 'inconclusive',
        reasons: ['step caught-up was skipped by sam: known'],
      });
    });

    it('is failed when it was red before', () => {
      const { outcome, reasons } = judged({ plan: { steps }, statuses, more: [...red, skipped] });
      expect([outcome, reasons]).toEqual([
        'failed',
        ['check caught-up: expected lag == 0, observed lag 7', 'step caught-up was skipped by sam: known'],
      ]);
    });

    it('passes when it is a page that people answer, and nobody failed it', () => {
      const page = { file: 'a.md', owner: 'o', roles: [], reviewed: '2026-10-01', expectedMs: 1, items: [], text: '' };
      const paged = steps.map((step) => (step.id === 'caught-up' ? { ...step, page } : step));
      expect(judged({ plan: { steps: paged }, statuses, more: [skipped] }).outcome).toBe('passed');
    });
  });

  it('is failed when the disruption was never detected', () => {
    const { outcome, reasons } = judged({
      change: without('declaration.made'),
      more: [timedAt(66_000, { type: 'timer.fired', timer: 'detection' })],
    });
    expect([outcome, reasons[0]]).toEqual(['failed', 'the disruption was not detected within 1 min']);
  });

  it('is failed when a probe did not become stable in time', () => {
    const { outcome, reasons } = judged({
      change: without('probe.stable'),
      more: [timedAt(31_400, { type: 'timer.fired', timer: 'stability' })],
    });
    expect([outcome, reasons[0]]).toEqual(['failed', 'probe shop was not stable within 5 min']);
  });

  it('is failed when a canary could not be read back', () => {
    const error = { code: 'ECONNREFUSED', message: 'connection refused' };
    const { outcome, reasons } = judged({
      change: (body) =>
        body.type === 'canary.survivors' ? { type: 'canary.unreadable', canary: body.canary, error } : body,
    });
    expect([outcome, reasons[0]]).toEqual(['failed', 'canary orders-rows could not be read back: connection refused']);
  });

  it.each([
    {
      what: 'a number is too close to its objective',
      given: { options: { rtoMs: 22_000 } },
      reason: 'orders: RTO of 22 s ± 290 ms is too close to its objective of 22 s',
    },
    {
      what: 'a number is missing',
      given: { change: without('canary.writes') },
      reason: 'orders: RPO was not measured: no write of',
    },
    {
      what: 'restoration was not proved',
      given: { change: without('restoration.proved') },
      reason: 'restoration was not proved',
    },
    {
      what: 'the disruption was not ended',
      given: { change: without('undo.started', 'undo.succeeded') },
      reason: 'the disruption of step lose-west-europe',
    },
    {
      what: 'a step was skipped',
      given: { statuses: { steer: 'skipped' } as const },
      reason: 'step steer was not done (skipped)',
    },
    {
      what: 'a step was never reached',
      given: { statuses: { steer: 'pending' } as const },
      reason: 'step steer was not done (not-started)',
    },
  ])('is inconclusive when $what', ({ given, reason }) => {
    const { outcome, reasons } = judged(given);
    expect(outcome).toBe('inconclusive');
    expect(reasons[0]).toContain(reason);
  });

  it('is inconclusive when nothing on record shows that the disruption took effect', () => {
    const { outcome, reasons } = judged({
      plan: { objectives: [] },
      change: (body) =>
        body.type === 'step.succeeded' && body.step === 'lose-west-europe' ? { ...body, output: null } : body,
    });
    expect([outcome, reasons]).toEqual(['inconclusive', ['nothing on record shows when the disruption took effect']]);
  });

  it('is inconclusive when the drill has neither checks nor probes', () => {
    const plan = planOf();
    const steps = plan.steps.filter(({ kind }) => kind !== 'check');
    const { outcome, reasons } = judged({ plan: { probes: [], steps, objectives: [] } });
    expect([outcome, reasons]).toEqual([
      'inconclusive',
      ['the drill has neither checks nor probes: nothing was verified'],
    ]);
  });

  it.each([
    { name: 'the drill has no objective', objectives: [] },
    { name: 'only RPO has an objective', objectives: [{ system: 'orders', rpoMs: 2000 }] },
  ])('is inconclusive when a probe was broken, although $name', ({ objectives }) => {
    const blind = (body: EventBody) =>
      body.type === 'probe.readings'
        ? { ...body, readings: body.readings.filter(([sent]) => sent < START + 8000 || sent > START + 20_000) }
        : body;
    const { outcome, reasons } = judged({ change: blind, plan: { objectives } });
    expect([outcome, reasons]).toEqual([
      'inconclusive',
      [expect.stringContaining('orders: probe shop did not look for 12.000 s between')],
    ]);
  });

  it('counts only objectives that the drill has', () => {
    expect(judged({ plan: { objectives: [] }, change: without('canary.writes') }).outcome).toBe('passed');
  });

  it('is aborted when somebody or a guardrail aborted, and says what failed besides', () => {
    const abort = timedAt(20_000, { type: 'abort.requested', as: 'dana', reason: 'customers call' });
    expect(judged({ more: [abort], change: failing('promote') })).toMatchObject({
      outcome: 'aborted',
      reasons: ['aborted by dana: customers call', 'step promote failed: server is busy (Conflict)'],
    });
    const guard = timedAt(20_000, {
      type: 'guardrail.tripped',
      guardrail: 'payments',
      reading: 'payments failing for 10 s',
    });
    expect(judged({ more: [guard] }).reasons).toEqual(['guardrail payments tripped: payments failing for 10 s']);
  });

  it('is aborted when the approval was declined', () => {
    const { outcome, reasons } = judged({
      change: (body) =>
        body.type === 'approval.decided' ? { ...body, decision: 'declined', note: 'month end' } : body,
    });
    expect([outcome, reasons[0]]).toEqual(['aborted', 'dana (dr-lead) declined the approval: month end']);
  });

  it('is not-ready when the preflight refused, and lists nothing else', () => {
    const refused = (body: EventBody): EventBody | undefined => {
      if (body.type === 'run.opened') return body;
      return body.type === 'preflight.finished'
        ? { ...body, ready: false, findings: ['replica lags by 5 min'] }
        : undefined;
    };
    expect(judged({ change: refused })).toEqual({
      outcome: 'not-ready',
      reasons: ['preflight: replica lags by 5 min'],
    });
  });

  it('is not-ready when the baseline did not hold', () => {
    const { outcome, reasons } = judged({
      change: (body) =>
        body.type === 'baseline.finished' ? { ...body, held: false, findings: ['shop failed'] } : body,
    });
    expect([outcome, reasons]).toEqual(['not-ready', ['baseline: shop failed']]);
  });

  it.each([
    {
      what: 'a step is stuck',
      given: { statuses: { promote: 'stuck' } as const },
      reason: 'step promote (azure/postgresql.promote)',
    },
    {
      what: 'a step of restoration failed',
      given: { change: failing('reseed') },
      reason: `step reseed (azure/postgresql.replica) on ${PRIMARY}`,
    },
    {
      what: 'an undo has no end on record',
      given: { change: without('undo.succeeded') },
      reason: 'undo of step lose-west-europe',
    },
    {
      what: 'something is left over',
      given: {
        change: (body: EventBody) =>
          body.type === 'restoration.cleaned' ? { ...body, leftOvers: ['table canary'] } : body,
      },
      reason: 'left over: table canary',
    },
    {
      what: 'the inventory differs from the baseline',
      given: {
        change: (body: EventBody) =>
          body.type === 'restoration.proved'
            ? { ...body, proved: false, differences: [`${REPLICA}: role is Primary`] }
            : body,
      },
      reason: `differs from the baseline: ${REPLICA}: role is Primary`,
    },
    {
      what: 'the run went on with another twin than the one that was disrupted',
      given: { change: entering('twin small, first', 'twin small, second') },
      reason:
        'the twin that was disrupted is gone (twin small, first); nothing on the present one (twin small, second)',
    },
  ])('is stuck when $what, before everything else', ({ given, reason }) => {
    const abort = timedAt(20_000, { type: 'abort.requested', as: 'dana', reason: 'enough' });
    const { outcome, reasons } = judged({ ...given, more: [abort] });
    expect(outcome).toBe('stuck');
    expect(reasons[0]).toContain(reason);
    expect(reasons).toContain('aborted by dana: enough');
  });

  describe('of a rehearsal', () => {
    const faster = timedAt(53_900, {
      type: 'twin.faster',
      operations: [{ operation: 'promote', startedAt: START + 6500, tookMs: 300, recordedMs: 15_000 }],
    });

    it('passes over an RTO that only the twin left unmeasured', () => {
      expect(judged({ options: { rehearsal: true }, more: [faster] }).outcome).toBe('passed');
      expect(judged({ options: { rehearsal: false }, more: [faster] }).outcome).toBe('inconclusive');
    });

    it('passes over an RTO with operations that have no record to compare with, and nobody else does', () => {
      const unrecorded = timedAt(53_900, {
        type: 'twin.faster',
        operations: [{ operation: 'restart', startedAt: START + 6500, tookMs: 10_000, recordedMs: null }],
      });
      expect(judged({ options: { rehearsal: true }, more: [unrecorded] }).outcome).toBe('passed');
      expect(judged({ options: { rehearsal: false }, more: [unrecorded] }).outcome).toBe('inconclusive');
    });

    it('does not pass over a probe that was broken besides', () => {
      const blind = (body: EventBody) =>
        body.type === 'probe.readings'
          ? { ...body, readings: body.readings.filter(([sent]) => sent < START + 8000 || sent > START + 20_000) }
          : body;
      const { outcome, reasons } = judged({ options: { rehearsal: true }, more: [faster], change: blind });
      expect([outcome, reasons]).toEqual([
        'inconclusive',
        [expect.stringContaining('orders: RTO was not measured: probe shop did not look for 12.000 s')],
      ]);
    });

    it('passes over nothing else', () => {
      expect(judged({ options: { rehearsal: true, rpoMs: 100 }, more: [faster] }).outcome).toBe('failed');
      expect(judged({ options: { rehearsal: true, rtoMs: 20_000 } }).outcome).toBe('failed');
      expect(judged({ options: { rehearsal: true, rtoMs: 20_000 }, more: [faster] }).outcome).toBe('failed');
      expect(judged({ options: { rehearsal: true }, more: [faster], change: without('canary.writes') }).outcome).toBe(
        'inconclusive',
      );
    });
  });
});
