import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { limitsOf } from '../../src/report/limits.ts';
import { measured, orders, resultOf } from './measure.ts';
import { buildRun, place, planOf, type RunOptions, START, type Timed, timedAt } from './run-builder.ts';

const rtoOf = (options: RunOptions = {}, change?: (body: EventBody) => EventBody | undefined) =>
  orders(measured(options, change)).rto;

describe('RTO', () => {
  it('is T5 − T0, uncertain by one probe interval and the bracket of T0', () => {
    // T5 28,000 − T0 6,000; probe interval 250, bracket 6,020 − 5,980.
    expect(rtoOf()).toEqual({
      objectiveMs: 120_000,
      actualMs: 22_000,
      uncertaintyMs: 290,
      verdict: 'met',
      formula:
        'T5 − T0 = 10:00:28.000 − 10:00:06.000 = 22.000 s, ± 0.290 s (probe interval 0.250 s + clock bound 0.040 s)',
      parts: { detectionMs: 400, decisionMs: 10, technicalMs: 19_700, waitingMs: 0 },
    });
  });

  it.each([
    { rtoMs: 22_290, verdict: 'met' },
    { rtoMs: 22_289, verdict: 'inconclusive' },
    { rtoMs: 21_710, verdict: 'inconclusive' },
    { rtoMs: 21_709, verdict: 'missed' },
  ])('against an objective of $rtoMs ms is $verdict', ({ rtoMs, verdict }) => {
    expect(rtoOf({ rtoMs }).verdict).toBe(verdict);
  });

  it('is T5 − T2 and labelled when the disruption was only declared', () => {
    const rto = rtoOf({ simulated: true });
    expect([rto.actualMs, rto.uncertaintyMs]).toEqual([21_590, 250]);
    expect(rto.formula).toContain('T5 − T2 (simulated disruption)');
  });

  it('is not measured without T5, and says which check or probe is the reason', () => {
    const rto = rtoOf({}, (body) => (body.type === 'step.succeeded' && body.step === 'no-holes' ? undefined : body));
    expect(rto).toMatchObject({ actualMs: null, uncertaintyMs: null, verdict: 'not-measured', formula: 'T5 − T0' });
    expect(rto.reason).toBe('recovery was not verified: check no-holes did not pass');
    expect(rtoOf({}, (body) => (body.type === 'probe.stable' ? undefined : body)).reason).toContain(
      'probe shop was not stable',
    );
  });

  describe('beside a disruption that does not say when it took effect', () => {
    /** A machine is stopped beside the loss of the region, from 5,320 on until 7,000, as `events` say. */
    const beside = (events: readonly Timed[], options: RunOptions = {}) => {
      const { plan, timed } = buildRun(options);
      const { steps } = plan;
      const stop = { ...(steps[0] ?? expect.fail('no step')), id: 'stop', uses: 'azure/machine.stop' };
      const done = { ...plan, steps: [{ ...stop, kind: 'write' } as const, ...steps] };
      return orders(resultOf(done, place([...timed, ...events]), { stop: 'undone' }));
    };
    const started = timedAt(5320, { type: 'step.started', step: 'stop', attempt: 1, requestId: 'request-stop' });
    const output = { machine: 'archive', power: 'stopped' };
    const succeeded = timedAt(7000, { type: 'step.succeeded', step: 'stop', attempt: 1, output });

    it('counts from the request of that step, uncertain up to its end', () => {
      const { instants, rto } = beside([started, succeeded]);
      // T5 28,000 − 5,320; probe interval 250, bracket 7,000 − 5,320.
      expect(rto).toMatchObject({ actualMs: 22_680, uncertaintyMs: 1930, verdict: 'met' });
      expect(instants.T0?.source).toBe('step stop: somewhere between its request and its end');
    });

    it('is never met by leaving that step out', () => {
      expect(beside([started, succeeded], { rtoMs: 22_300 }).rto.verdict).toBe('inconclusive');
      expect(rtoOf({ rtoMs: 22_300 }).verdict).toBe('met');
    });

    it('counts it as real beside a disruption that was only declared', () => {
      expect(beside([started, succeeded], { simulated: true }).rto.actualMs).toBe(22_680);
    });

    it('takes the last record for the end of a step that has none', () => {
      expect(beside([started]).rto.uncertaintyMs).toBeGreaterThan(50_000);
    });

    it('passes over a step that definitely failed, unless a person skipped it and the drill went on', () => {
      const error = { code: 'Conflict', message: 'busy' };
      const failed = timedAt(5350, { type: 'step.failed', step: 'stop', attempt: 1, error, retryable: false });
      const skipped = timedAt(5360, { type: 'step.skipped', step: 'stop', attempt: 1, as: 'dana', reason: 'known' });
      expect(beside([started, failed]).rto.actualMs).toBe(22_000);
      expect(beside([started, failed, skipped]).rto.actualMs).toBe(22_680);
    });

    it('is not measured when that step was found done: it may have begun at any time before', () => {
      const body = { type: 'step.inspected', step: 'stop', attempt: 1, finding: 'done', detail: 'stopped' } as const;
      expect(beside([timedAt(5320, { ...body, output })])).toMatchObject({
        instants: { T0: null },
        rto: { verdict: 'not-measured' },
      });
    });
  });

  it('is not measured when the twin is gone, and with it the times of its operations', () => {
    const { timed } = buildRun();
    const entered = (at: number, identity: string) => timedAt(at, { type: 'world.entered', identity });
    const rto = (identity: string) =>
      orders(resultOf(planOf(), place([...timed, entered(5, 'first'), entered(40_000, identity)]))).rto;
    expect(rto('first').verdict).toBe('met');
    expect(rto('second')).toMatchObject({ actualMs: null, verdict: 'not-measured' });
    expect(rto('second').reason).toContain('the twin is gone');
  });

  it('is not measured when a step of the system waits for one of another system that was faster', () => {
    const plan = planOf();
    const [promote] = plan.steps.filter(({ phase }) => phase === 'recovery');
    const resource = promote?.writes[0] ?? expect.fail('no writes');
    const operations = [{ operation: 'PATCH', resource, startedAt: START + 10_000, tookMs: 5000, recordedMs: null }];
    const events = place([...buildRun().timed, timedAt(20_000, { type: 'twin.faster', operations })]);
    const canaries = plan.canaries.map((canary) => ({ ...canary, writes: [] }));
    const ofSteer = (system: string) =>
      plan.steps.map((step) =>
        step.id === promote?.id ? { ...step, system: 'invoices' } : step.id === 'steer' ? { ...step, system } : step,
      );
    const verdict = (system: string) =>
      orders(resultOf({ ...plan, canaries, steps: ofSteer(system) }, events)).rto.verdict;
    expect([verdict('invoices'), verdict('orders')]).toEqual(['met', 'not-measured']);
  });

  it.each([
    ['no step says whose it is', undefined, false],
    ['a step of the system itself writes there', 'orders', false],
    ['only a step of another system writes there', 'invoices', true],
  ])('rests on an operation without a record where %s', (_, system, isPassedOver) => {
    const { timed } = buildRun();
    const unrecorded = (resource?: string) =>
      timedAt(20_000, {
        type: 'twin.faster',
        operations: [
          { operation: 'POST accounts', resource, startedAt: START + 10_000, tookMs: 5000, recordedMs: null },
        ],
      });
    const plan = planOf();
    const promote = plan.steps.find(({ phase }) => phase === 'recovery') ?? expect.fail('no recovery');
    const resource = promote.writes[0] ?? expect.fail('no writes');
    const steps = plan.steps.map((step) =>
      step.phase === 'recovery' && system !== undefined ? { ...step, system } : step,
    );
    const canaries = plan.canaries.map((canary) => ({ ...canary, writes: [] }));
    const of = (given: typeof plan, named?: string) =>
      orders(resultOf(given, place([...timed, unrecorded(named)]))).rto;
    const rto = of({ ...plan, steps, canaries }, resource);
    expect(rto.verdict).toBe(isPassedOver ? 'met' : 'not-measured');
    // What is passed over is said.
    const events = place([...timed, unrecorded(resource)]);
    const changed = { ...plan, steps, canaries };
    const said = limitsOf(resultOf(changed, events), changed, events).join(' ');
    expect(said.includes('RTO of orders passes over POST accounts')).toBe(isPassedOver);
    // What nobody names, and what the system's own canary writes to, is always its own.
    expect(of({ ...plan, steps, canaries }).verdict).toBe('not-measured');
    const own = plan.canaries.map((canary) => ({ ...canary, writes: [resource] }));
    expect(of({ ...plan, steps, canaries: own }, resource).verdict).toBe('not-measured');
  });

  it('is not measured without a disruption on record', () => {
    const rto = rtoOf({}, (body) => ('step' in body && body.step === 'lose-west-europe' ? undefined : body));
    expect(rto.reason).toContain('T0 is missing');
  });

  it('keeps its number without an objective, and judges nothing', () => {
    const { timed } = buildRun();
    const plan = { ...planOf(), objectives: [] };
    const { rto } = orders(resultOf(plan, place(timed)));
    expect(rto).toMatchObject({ objectiveMs: null, actualMs: 22_000, verdict: 'not-measured' });
    expect(rto.reason).toBe('the drill has no such objective for this system');
  });

  it('counts the time in which people were asked apart, and inside', () => {
    const rto = rtoOf({}, (body) =>
      body.type === 'declaration.made' ? { ...body, automatic: false, as: 'dana' } : body,
    );
    // The disruption was detected at 6,400, the declaration came at 6,410.
    expect([rto.actualMs, rto.parts.waitingMs]).toEqual([22_000, 10]);
  });

  it('leaves parts unknown when an instant is missing', () => {
    expect(rtoOf({}, (body) => (body.type === 'declaration.made' ? undefined : body)).parts).toEqual({
      detectionMs: 400,
      decisionMs: null,
      technicalMs: 19_700,
      waitingMs: null,
    });
  });

  describe('across a step of the clock', () => {
    const stepped = (at: number, ms = -1500.2) => timedAt(at, { type: 'clock.stepped', wallMinusMonotonicMs: ms });
    const judgedWith = (...more: readonly Timed[]) => {
      const { plan, timed } = buildRun();
      return resultOf(plan, place([...timed, ...more]));
    };

    it('is not measured between T0 and T5, and the run is inconclusive', () => {
      const result = judgedWith(stepped(10_000));
      expect(orders(result).rto).toMatchObject({
        verdict: 'not-measured',
        reason: "the observer's clock was stepped by 1.5 s back at 10:00:10.000: time across it is not measured",
      });
      expect(orders(result).rpo.verdict).toBe('met');
      expect(result.outcome).toBe('inconclusive');
    });

    it('is not measured when the step was noticed just after T5: the watch looks once a second', () => {
      expect(orders(judgedWith(stepped(29_900))).rto.verdict).toBe('not-measured');
      expect(orders(judgedWith(stepped(30_100))).rto.verdict).toBe('met');
    });

    it('is inconclusive wherever it lies from the baseline on, and nothing before', () => {
      for (const at of [1000, 40_000, 58_000]) {
        const result = judgedWith(stepped(at, 5000));
        expect(orders(result).rto.verdict).toBe('met');
        expect([result.outcome, result.reasons]).toEqual([
          'inconclusive',
          [
            expect.stringMatching(
              /^the observer's clock was stepped by 5 s forward at .*: time across it is not measured$/,
            ),
          ],
        ]);
      }
      expect(judgedWith(stepped(250)).outcome).toBe('passed');
      expect(judgedWith(stepped(1000, 999)).outcome).toBe('passed');
    });

    it('leaves RPO not measured when writes were lost across it', () => {
      const { rpo } = orders(judgedWith(stepped(5900)));
      expect([rpo.verdict, rpo.reason]).toEqual([
        'not-measured',
        "the observer's clock was stepped by 1.5 s back at 10:00:05.900: time across it is not measured",
      ]);
    });

    it('is seen too when it went back between two processes', () => {
      const early: EventBody = {
        type: 'probe.readings',
        probe: 'shop',
        readings: [[START + 8000, START + 8010, false]],
      };
      const result = judgedWith(timedAt(12_000, { type: 'run.resumed', by: 'process 2' }), timedAt(12_100, early));
      expect(orders(result).rto.reason).toContain('stepped by 4 s back at 10:00:12.000');
      expect(result.outcome).toBe('inconclusive');
    });
  });

  describe('with a probe that did not look', () => {
    /** Readings that were sent in a span are gone. */
    const blind =
      (from: number, until: number) =>
      (body: EventBody): EventBody =>
        body.type === 'probe.readings'
          ? {
              ...body,
              readings: body.readings.filter(([sent]) => sent < START + from || sent >= START + until),
            }
          : body;
    const resultWith = (from: number, until: number, more: readonly Timed[] = []) => {
      const { plan, timed } = buildRun({}, blind(from, until));
      return resultOf(plan, place([...timed, ...more]));
    };

    it('is not measured when it missed more looks than a busy machine explains', () => {
      const { rto } = orders(resultWith(8000, 20_000));
      expect([rto.verdict, rto.reason]).toEqual([
        'not-measured',
        'probe shop did not look for 12.000 s between 10:00:08.150 and 10:00:20.150',
      ]);
      expect(resultWith(8000, 20_000).outcome).toBe('inconclusive');
      expect(orders(resultWith(8000, 17_900)).rto.verdict).toBe('met');
    });

    it('is measured when no process drove the run: that is said, and where it ends in it, it is part of the doubt', () => {
      const { plan, timed } = buildRun({}, blind(8000, 20_000));
      const silent = timed.filter(({ at }) => at < START + 8200 || at > START + 20_000);
      const resumed = timedAt(20_000, { type: 'run.resumed', by: 'process 2' });
      const result = resultOf(plan, place([...silent, resumed]));
      expect(orders(result).rto.verdict).toBe('met');
      expect(result.orchestratorGaps).toHaveLength(1);
    });

    it('is uncertain by the time for which nobody had looked when the service was found well', () => {
      const { plan, timed } = buildRun({}, (body) => {
        const seen = blind(23_000, 28_100)(body);
        // Checks were quick, so that the stable window says when the service was back.
        return seen.type === 'probe.stable' ? { ...seen, since: START + 28_150, until: START + 33_200 } : seen;
      });
      const late = timed.map((event) =>
        event.at > START + 31_000 && event.body.type !== 'probe.readings' ? { ...event, at: event.at + 2500 } : event,
      );
      const { rto } = orders(resultOf(plan, place(late)));
      expect(rto.actualMs).toBe(22_150);
      expect(rto.formula).toContain('nobody looked 5.000 s');
      expect(rto.uncertaintyMs).toBe(290 + 5000);
    });
  });

  describe('with operations of a twin that ran faster than recorded', () => {
    const faster = (startedAt: number, tookMs: number) =>
      timedAt(53_900, {
        type: 'twin.faster',
        operations: [{ operation: 'promote', startedAt: START + startedAt, tookMs, recordedMs: 15_000 }],
      });
    const rtoWith = (startedAt: number, tookMs: number) => {
      const { plan, timed } = buildRun();
      return resultOf(plan, place([...timed, faster(startedAt, tookMs)]));
    };

    it('is not measured when one was under way between T0 and T5', () => {
      const result = rtoWith(6500, 300);
      expect(orders(result).rto).toMatchObject({ actualMs: null, verdict: 'not-measured' });
      expect(orders(result).rto.reason).toBe(
        'operations of the twin ran faster than recorded: promote took 0.300 s (recorded are 15.000 s)',
      );
      expect(result.environment.fasterThanRecorded).toEqual([
        { operation: 'promote', tookMs: 300, recordedMs: 15_000 },
      ]);
    });

    it.each([
      { recordedMs: 15_000, tookMs: 300, verdict: 'missed' },
      { recordedMs: null, tookMs: 300, verdict: 'not-measured' },
      { recordedMs: 15_000, tookMs: null, verdict: 'not-measured' },
    ])('is $verdict when even that time misses the objective, at $tookMs ms of $recordedMs', (took) => {
      const { plan, timed } = buildRun({ rtoMs: 20_000 });
      const operations = [{ operation: 'promote', startedAt: START + 6500, ...took }];
      const { rto } = orders(resultOf(plan, place([...timed, timedAt(53_900, { type: 'twin.faster', operations })])));
      expect(rto).toMatchObject({ verdict: took.verdict, actualMs: took.verdict === 'missed' ? 22_000 : null });
      expect(rto.reason).toMatch(took.verdict === 'missed' ? /^at the least: .* faster than recorded/ : /^operations/);
    });

    it.each([
      { when: 'before T0', startedAt: 1000, tookMs: 4999, counts: false },
      { when: 'into T0', startedAt: 1000, tookMs: 5000, counts: true },
      { when: 'from T5 on', startedAt: 28_000, tookMs: 5, counts: true },
      { when: 'after T5', startedAt: 28_001, tookMs: 5, counts: false },
    ])('counts one $when: $counts', ({ startedAt, tookMs, counts }) => {
      const result = rtoWith(startedAt, tookMs);
      expect(orders(result).rto.verdict).toBe(counts ? 'not-measured' : 'met');
      expect(result.environment.fasterThanRecorded).toHaveLength(counts ? 1 : 0);
    });
  });

  describe('with operations of a twin that nobody can compare with a record', () => {
    const noted = (startedAt: number, tookMs: number | null, recordedMs: number | null = null) =>
      timedAt(53_900, {
        type: 'twin.faster',
        operations: [{ operation: 'restart', startedAt: START + startedAt, tookMs, recordedMs }],
      });
    const resultWith = (...more: readonly ReturnType<typeof noted>[]) => {
      const { plan, timed } = buildRun();
      return resultOf(plan, place([...timed, ...more]));
    };

    it('is not measured when one was under way between T0 and T5', () => {
      const result = resultWith(noted(6500, 10_000));
      expect(orders(result).rto).toMatchObject({ actualMs: null, verdict: 'not-measured' });
      expect(orders(result).rto.reason).toBe(
        'operations of the twin cannot be compared with a record: restart took 10.000 s',
      );
      expect(result.environment.fasterThanRecorded).toEqual([
        { operation: 'restart', tookMs: 10_000, recordedMs: null },
      ]);
    });

    it('is not measured when one was at work to the end', () => {
      const result = resultWith(noted(1000, null, 15_000));
      expect(orders(result).rto.verdict).toBe('not-measured');
      expect(orders(result).rto.reason).toBe(
        'operations of the twin cannot be compared with a record: restart was not over when the run was judged',
      );
    });

    it('is measured when they ran before T0 or after T5', () => {
      expect(orders(resultWith(noted(1000, 4999), noted(28_001, null))).rto.verdict).toBe('met');
    });

    it('names every one of them', () => {
      const { reason } = orders(
        resultWith(noted(6500, 10_000), noted(7000, 400, 15_000), noted(8000, 300, 15_000)),
      ).rto;
      expect(reason).toBe(
        'operations of the twin ran faster than recorded: restart took 0.400 s (recorded are 15.000 s), restart took 0.300 s (recorded are 15.000 s); operations of the twin cannot be compared with a record: restart took 10.000 s',
      );
    });

    it('names those that were faster first', () => {
      const { reason } = orders(resultWith(noted(6500, 10_000), noted(7000, 300, 15_000))).rto;
      expect(reason).toBe(
        'operations of the twin ran faster than recorded: restart took 0.300 s (recorded are 15.000 s); operations of the twin cannot be compared with a record: restart took 10.000 s',
      );
    });
  });
});
