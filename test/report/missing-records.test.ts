import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import type { Kernel } from '../../src/statechart/kernel.ts';
import { resultOf } from './measure.ts';
import { buildRun, place, planOf, START, type Timed, timedAt } from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

/** Without objectives nothing is asked of the measures: what is missing must be missed for itself. */
const plan: Plan = { ...planOf(), objectives: [] };

function judged(
  change: (body: EventBody) => EventBody | undefined = (body) => body,
  { more = [], parts = {} }: { readonly more?: readonly Timed[]; readonly parts?: Partial<Plan> } = {},
) {
  const whole = { ...plan, ...parts };
  return evaluateRun(whole, smallKernel(whole), place([...buildRun({}, change).timed, ...more]));
}

const without =
  (type: EventBody['type']) =>
  (body: EventBody): EventBody | undefined =>
    body.type === type ? undefined : body;

describe('a run that lacks something on record', () => {
  it('is passed when nothing is missing', () => {
    expect(judged()).toEqual({ outcome: 'passed', reasons: [] });
  });

  it.each([
    ['preflight.finished', 'no preflight is on record'],
    ['approval.decided', 'expected 1 approvals on record, found 0'],
    ['baseline.finished', 'no baseline is on record'],
    ['declaration.made', 'no declaration of the recovery is on record'],
    ['probe.stable', 'probe shop was never seen to be stable'],
    ['canary.survivors', 'canary orders-rows was not read back'],
    ['restoration.proved', 'restoration was not proved'],
  ] as const)('is not passed without %s', (type, reason) => {
    const { outcome, reasons } = judged(without(type));
    expect(outcome).toBe('inconclusive');
    expect(reasons).toContain(reason);
  });

  it('is not passed without the end of cleaning, from which on services must be well', () => {
    const { outcome } = judged(without('restoration.cleaned'));
    expect(outcome).toBe('stuck');
    const { reasons } = judged(without('restoration.cleaned'), { parts: { probes: [] } });
    expect(reasons).toEqual(['nothing on record shows that the drill cleaned up']);
  });

  it('is not passed when one person approved twice and two were needed', () => {
    const byHand = (body: EventBody) => (body.type === 'approval.decided' ? { ...body, automatic: false } : body);
    const again = timedAt(310, {
      type: 'approval.decided',
      decision: 'approved',
      as: 'dana',
      role: 'dr-lead',
      verified: true,
      automatic: false,
    });
    const approvals = { ...plan.approvals, required: 2 };
    expect(judged(byHand, { more: [again], parts: { approvals } }).reasons).toEqual([
      'expected 2 approvals on record, found 1',
    ]);
  });

  it('is not passed when the machine had not come to its end, or saw no success', () => {
    const { events } = buildRun();
    const standing = (view: Partial<ReturnType<Kernel<unknown>['view']>>) => {
      const kernel = smallKernel(plan);
      const seen = {
        ...kernel,
        view: (state: Parameters<typeof kernel.view>[0]) => ({ ...kernel.view(state), ...view }),
      };
      return evaluateRun(plan, seen, events);
    };
    expect(standing({ phase: 'restoration' }).reasons).toEqual([
      'the run had not come to its end: it was in restoration',
    ]);
    expect(standing({ path: 'failure' }).reasons).toEqual([
      'restoration went the way of a drill that did not succeed (failure)',
    ]);
    expect(standing({ path: null }).reasons).toEqual(['nothing on record shows that verification succeeded']);
  });
});

describe('a check that never judged', () => {
  const reason = 'nothing on record shows that check no-holes judged anything';
  const foundDone = (body: EventBody): EventBody | undefined => {
    if (!('step' in body) || body.step !== 'no-holes') return body;
    const found = { finding: 'done', detail: 'there', output: {} } as const;
    return body.type === 'step.succeeded'
      ? { type: 'step.inspected', step: 'no-holes', attempt: 1, ...found }
      : undefined;
  };
  const unsaid = (body: EventBody): EventBody | undefined => {
    if (body.type !== 'step.succeeded' || body.step !== 'no-holes') return body;
    const { check: _, ...rest } = body;
    return rest;
  };
  const unsent = (body: EventBody): EventBody | undefined =>
    body.type === 'step.started' && body.step === 'no-holes' ? undefined : body;

  it.each([
    ['was found done', foundDone],
    ['says neither what it expected nor what it observed', unsaid],
    ['was never begun', unsent],
  ])('has passed nothing when it %s', (_, change) => {
    expect(judged(change)).toEqual({ outcome: 'inconclusive', reasons: [reason] });
    const { checks } = resultOf(plan, place(buildRun({}, change).timed));
    expect(checks.map(({ passed }) => passed)).toEqual([true, false]);
  });

  it('is none when people answered it', () => {
    const page = { file: 'a.md', owner: 'o', roles: [], reviewed: '2026-10-01', expectedMs: 1, items: [], text: '' };
    const steps = plan.steps.map((step) => (step.id === 'no-holes' ? { ...step, page } : step));
    expect(judged(unsaid, { parts: { steps } }).outcome).toBe('passed');
  });
});

describe('a look that came too early', () => {
  it('shows nothing: a check that was begun before recovery was over', () => {
    const early = timedAt(24_000, { type: 'step.started', step: 'no-holes', attempt: 1, requestId: 'early' });
    expect(judged((body) => body, { more: [early] }).reasons).toEqual([
      'check no-holes looked at 10:00:24.000, before recovery was over (10:00:25.900)',
    ]);
  });

  it('shows nothing: a stable window that began before recovery was over, or that is too short', () => {
    const since = (ms: number) => (body: EventBody) =>
      body.type === 'probe.stable' ? { ...body, since: START + ms } : body;
    expect(judged(since(25_800)).reasons).toContain(
      'probe shop looked at 10:00:25.800, before recovery was over (10:00:25.900)',
    );
    expect(judged(since(26_500)).reasons).toContain('probe shop was seen to be stable for 4.9 s, expected 5 s');
  });

  it('shows nothing: a stable window with a hole in its readings, although nothing asks for a recovery time', () => {
    const holed = (body: EventBody) =>
      body.type === 'probe.readings'
        ? { ...body, readings: body.readings.filter(([sent]) => sent < START + 29_000 || sent > START + 30_000) }
        : body;
    expect(judged(holed).reasons).toEqual([
      'readings of probe shop do not bear out that it was stable from 10:00:26.150 to 10:00:31.430',
    ]);
  });

  it('shows nothing: canaries that were read back before recovery was over', () => {
    const { timed } = buildRun();
    const moved = timed.map((event) =>
      event.body.type === 'canary.survivors' ? { ...event, at: START + 25_000 } : event,
    );
    const { outcome, reasons } = evaluateRun(planOf(), smallKernel(planOf()), place(moved));
    expect(outcome).toBe('inconclusive');
    expect(reasons).toEqual([
      'orders: RPO was not measured: canary orders-rows was read back at 10:00:25.000, before recovery was over (10:00:25.900)',
    ]);
  });

  it('proves nothing: an inventory that is older than the last act of restoration', () => {
    const later = (body: EventBody): Timed => timedAt(59_100, body);
    for (const body of [
      { type: 'undo.succeeded', step: 'lose-west-europe', attempt: 1, output: {} },
      { type: 'restoration.cleaned', removed: [], leftOvers: [] },
    ] as const satisfies readonly EventBody[]) {
      const { outcome, reasons } = judged((same) => same, { more: [later(body)] });
      expect(outcome, body.type).not.toBe('passed');
      expect(reasons, body.type).toContain('restoration was not proved');
    }
  });
});

describe('writes of a canary that are not on record', () => {
  const dropping = (from: number, until: number) => (body: EventBody) =>
    body.type === 'canary.writes'
      ? { ...body, writes: body.writes.filter(([sequence]) => sequence < from || sequence >= until) }
      : body;
  const rpo = (change: (body: EventBody) => EventBody, more: readonly Timed[] = []) =>
    evaluateRun(planOf(), smallKernel(planOf()), place([...buildRun({}, change).timed, ...more]));

  it('leave RPO not measured when they may have been lost', () => {
    expect(rpo(dropping(266, 270)).reasons).toEqual([
      'orders: RPO was not measured: 4 writes of canary orders-rows before Ts are not on record, and absent',
    ]);
  });

  it('are no loss when they survived', () => {
    expect(rpo(dropping(100, 110)).outcome).toBe('passed');
  });

  it('are not missed where another process numbered on', () => {
    const renumbered = (body: EventBody) =>
      body.type === 'canary.writes'
        ? {
            ...body,
            writes: body.writes.map(([sequence, ...times]): (typeof body.writes)[number] => [
              sequence < 100 ? sequence : sequence + 1_000_000,
              ...times,
            ]),
          }
        : body.type === 'canary.survivors'
          ? {
              ...body,
              present: [
                [0, 99],
                [1_000_100, 1_000_264],
              ] as [number, number][],
            }
          : body;
    const resumed = timedAt(2395, { type: 'run.resumed', by: 'process 2' });
    expect(rpo(renumbered, [resumed]).outcome).toBe('passed');
    expect(rpo(renumbered).outcome).toBe('inconclusive');
  });
});

describe('a run that was taken up again', () => {
  const closed = [
    timedAt(59_300, { type: 'evaluation.finished', outcome: 'stuck', reasons: ['left over: x'] }),
    timedAt(59_400, { type: 'run.closed', outcome: 'stuck' }),
  ];
  const proof = () => buildRun().timed.find(({ body }) => body.type === 'restoration.proved')?.body as EventBody;
  const reopened = (purpose: 'restoration' | 'evaluation') =>
    timedAt(70_000, { type: 'run.reopened', for: purpose, as: 'dana', reason: 'the lock is gone' });

  it('for restoration is failed at best, and says by whom', () => {
    const cleaned = timedAt(71_000, { type: 'restoration.cleaned', removed: [], leftOvers: [] });
    const readings = Array.from({ length: 24 }, (_, nth): [number, number, boolean] => [
      START + 71_100 + nth * 250,
      START + 71_120 + nth * 250,
      true,
    ]);
    const looked = timedAt(77_500, { type: 'probe.readings', probe: 'shop', readings });
    const more = [...closed, reopened('restoration'), cleaned, looked, timedAt(78_000, proof())];
    expect(judged((body) => body, { more })).toEqual({
      outcome: 'failed',
      reasons: ['restoration had to be taken up again by dana after the run had ended stuck: the lock is gone'],
    });
  });

  it('for restoration and cut off has proved nothing', () => {
    const { outcome, reasons } = judged((body) => body, { more: [...closed, reopened('restoration')] });
    expect(outcome).toBe('failed');
    expect(reasons).toContain('restoration was not proved');
  });

  it('for evaluation is judged by everything up to its last evaluation', () => {
    const late = timedAt(80_000, { type: 'abort.requested', as: 'dana', reason: 'too late' });
    const again = [
      timedAt(70_100, { type: 'evaluation.finished', outcome: 'passed', reasons: [] }),
      timedAt(70_200, { type: 'run.closed', outcome: 'passed' }),
    ];
    expect(judged((body) => body, { more: [...closed, reopened('evaluation'), ...again, late] }).outcome).toBe(
      'passed',
    );
    expect(judged((body) => body, { more: [...closed, reopened('evaluation'), late] }).outcome).toBe('aborted');
  });
});
