import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../src/model/clock.ts';
import type { EventBody } from '../../src/model/events.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { measured, orders, resultOf } from './measure.ts';
import { buildRun, CANARY, place, planOf, type RunOptions, START, T0, timedAt } from './run-builder.ts';

const rpoOf = (options: RunOptions = {}, change?: (body: EventBody) => EventBody | undefined) =>
  orders(measured(options, change)).rpo;
const acknowledgedAt = (sequence: number) => CANARY.from + sequence * CANARY.everyMs + CANARY.ackMs;

describe('RPO', () => {
  it('is the time from the acknowledgement of the first lost write to the disruption', () => {
    // Write 265 was acknowledged at 400 + 265 · 20 + 5 = 5,705; T0 is 6,000. Writes 265 to 279 are lost.
    // Writes 280 (sent at 6,000) and 281 (sent at 6,020, the end of the bracket) were never acknowledged.
    expect(rpoOf()).toEqual({
      objectiveMs: 2000,
      actualMs: 295,
      uncertaintyMs: 60,
      verdict: 'met',
      formula:
        'Ts − p = 0.295 s, ± 0.060 s (canary interval 0.020 s + clock bound 0.040 s); Ts = T0 = 10:00:06.000; ' +
        'p = acknowledgement of the first lost write (orders-rows 265) = 10:00:05.705',
      acknowledged: 280,
      lost: 15,
      lostAfterT0: 0,
      inDoubt: 2,
      holes: 0,
      newestSurvivor: {
        canary: 'orders-rows',
        sequence: 264,
        acknowledgedAt: formatInstant(START + acknowledgedAt(264)),
      },
    });
  });

  it('is zero when nothing was lost, and uncertain by the silence before the disruption', () => {
    // The last acknowledgement came at 5,985: nobody can tell about the 15 ms after it; one interval of 20 ms is more.
    const rpo = rpoOf({ firstLost: 280 });
    expect([rpo.actualMs, rpo.uncertaintyMs, rpo.lost]).toEqual([0, 60, 0]);
    expect(rpo.formula).toContain('every acknowledged write of orders-rows is present');
  });

  it.each([
    { rpoMs: 355, verdict: 'met' },
    { rpoMs: 354, verdict: 'inconclusive' },
    { rpoMs: 234, verdict: 'missed' },
  ])('against an objective of $rpoMs ms is $verdict', ({ rpoMs, verdict }) => {
    expect(rpoOf({ rpoMs }).verdict).toBe(verdict);
  });

  it('counts from the first lost write even when later ones survived, and counts the holes', () => {
    const rpo = rpoOf({}, (body) =>
      body.type === 'canary.survivors'
        ? {
            ...body,
            present: [
              [0, 199],
              [201, 264],
            ],
          }
        : body,
    );
    // Write 200 was acknowledged at 4,405.
    expect([rpo.actualMs, rpo.lost, rpo.holes, rpo.newestSurvivor?.sequence]).toEqual([1595, 16, 1, 264]);
  });

  it('takes a write that was acknowledged inside the bracket of T0 as acknowledged, and is never negative', () => {
    const late = T0.latest - 1;
    const rpo = rpoOf({ firstLost: 280 }, (body) =>
      body.type === 'canary.writes'
        ? {
            ...body,
            writes: body.writes.map(([sequence, sent, acknowledged]) => [
              sequence,
              sent,
              sequence === 280 ? START + late : acknowledged,
            ]),
          }
        : body,
    );
    expect([rpo.actualMs, rpo.acknowledged, rpo.lost, rpo.inDoubt]).toEqual([0, 281, 1, 1]);
  });

  it('is more uncertain when the canary had stalled where the loss begins', () => {
    // Writes 255 to 264 are missing: 265 follows 254 (acknowledged at 5,485) after 220 ms.
    const rpo = rpoOf({}, (body) =>
      body.type === 'canary.writes'
        ? { ...body, writes: body.writes.filter(([sequence]) => sequence < 255 || sequence > 264) }
        : body,
    );
    expect([rpo.actualMs, rpo.uncertaintyMs]).toEqual([295, 220 + 40]);
  });

  it('is not measured when the canary fell silent before the disruption', () => {
    // Two intervals of at least 50 ms before the earliest T0 (5,980): the last write must be acknowledged at 5,880 or later.
    const upTo = (last: number) => (body: EventBody) =>
      body.type === 'canary.writes' ? { ...body, writes: body.writes.filter(([sequence]) => sequence <= last) } : body;
    expect(acknowledgedAt(274)).toBe(5885);
    expect(rpoOf({}, upTo(274)).verdict).toBe('met');
    expect(rpoOf({}, upTo(273))).toMatchObject({
      actualMs: null,
      verdict: 'not-measured',
      lost: null,
      acknowledged: null,
    });
    expect(rpoOf({}, upTo(273)).reason).toContain(
      'no write of canary orders-rows was acknowledged within two intervals',
    );
  });

  it('is not measured when the canary could not be read back, and says why', () => {
    const rpo = rpoOf({}, (body) =>
      body.type === 'canary.survivors'
        ? {
            type: 'canary.unreadable',
            canary: body.canary,
            error: { code: 'ECONNREFUSED', message: 'connection refused' },
          }
        : body,
    );
    expect(rpo).toMatchObject({
      verdict: 'not-measured',
      reason: 'canary orders-rows could not be read back: connection refused',
    });
    expect(rpoOf({}, (body) => (body.type === 'canary.survivors' ? undefined : body)).reason).toContain(
      'was not read back',
    );
  });

  describe('of an original that went on acknowledging writes after T0', () => {
    // Writes 282 and 283 left at 6,040 and 6,060, after the bracket of T0 (6,020), and were acknowledged.
    const goesOn = (body: EventBody): EventBody =>
      body.type === 'canary.writes'
        ? { ...body, writes: body.writes.map(([n, sent, at]) => [n, sent, n === 282 || n === 283 ? sent + 5 : at]) }
        : body;

    it('is not measured when such writes are absent afterwards, says so, and counts them', () => {
      for (const firstLost of [265, 280]) {
        const rpo = rpoOf({ firstLost }, goesOn);
        expect(rpo).toMatchObject({ actualMs: null, verdict: 'not-measured', lost: null, lostAfterT0: 2 });
        expect(rpo.reason).toBe(
          'the original went on acknowledging writes after T0: 2 of canary orders-rows were acknowledged after it and are absent, ' +
            'so T0 is not the moment of loss',
        );
      }
    });

    it('takes an answer that was on its way at T0, and read a little later, for one before it', () => {
      // Write 281 left at 6,020, the end of the bracket.
      const answered = (ms: number) => (body: EventBody) =>
        body.type === 'canary.writes'
          ? ({
              ...body,
              writes: body.writes.map(([n, sent, at]) => [n, sent, n === 281 ? sent + ms : at]),
            } as EventBody)
          : body;
      expect(rpoOf({}, answered(50))).toMatchObject({ actualMs: 295, verdict: 'met', lost: 16, lostAfterT0: 0 });
      expect(rpoOf({ firstLost: 281 }, answered(50))).toMatchObject({ actualMs: 0, lost: 1, lostAfterT0: 0 });
      expect(rpoOf({}, answered(51))).toMatchObject({ verdict: 'not-measured', lostAfterT0: 1 });
    });

    it('takes one that was read when an observer that stood still woke up for one before it, too', () => {
      // Write 281 left at 6,020 and was answered at 6,270. The next one was due at 6,040, and left when the observer woke up.
      const wokeUp = (at: number) => (body: EventBody) =>
        body.type === 'canary.writes'
          ? ({
              ...body,
              writes: body.writes.map(([n, sent, ack]) =>
                n === 281 ? [n, sent, sent + 250] : [n, n > 281 ? Math.max(sent, START + at) : sent, ack],
              ),
            } as EventBody)
          : body;
      expect(rpoOf({}, wokeUp(6240))).toMatchObject({ actualMs: 295, verdict: 'met', lost: 16, lostAfterT0: 0 });
      expect(rpoOf({}, wokeUp(6220))).toMatchObject({ verdict: 'not-measured', lostAfterT0: 1 });
      // Nobody can tell where in the standstill the answer was given: it was read 200 ms later than 50 ms after the bracket.
      const { uncertaintyMs, formula } = rpoOf({}, wokeUp(6240));
      expect([uncertaintyMs, formula]).toEqual([260, expect.stringContaining('+ answers read late 0.200 s)')]);
      expect(rpoOf({ rpoMs: 554 }, wokeUp(6240)).verdict).toBe('inconclusive');
      // A standstill of a second is the longest.
      expect(rpoOf({}, wokeUp(7040)).lostAfterT0).toBe(0);
      expect(rpoOf({}, wokeUp(7041)).verdict).toBe('not-measured');
    });

    it('is measured as before when they are all present', () => {
      const change = (body: EventBody): EventBody =>
        body.type === 'canary.survivors' ? { ...body, present: [...body.present, [282, 283]] } : goesOn(body);
      expect(rpoOf({}, change)).toMatchObject({ actualMs: 295, verdict: 'met', lost: 15, lostAfterT0: 0 });
    });

    it('never lets the drill pass, and the report says how many there were', () => {
      const result = measured({ firstLost: 280 }, goesOn);
      expect([result.outcome, result.reasons]).toEqual([
        'inconclusive',
        [expect.stringContaining('RPO was not measured')],
      ]);
      const { events } = buildRun({ firstLost: 280 }, goesOn);
      for (const report of [reportMarkdown, reportHtml, summaryText])
        expect(report(result, planOf(), events).replaceAll(/\s+/g, ' ')).toContain('2 of canary');
    });

    it('counts those of every canary of the system', () => {
      const { timed } = buildRun({ firstLost: 280 }, goesOn);
      const plan = planOf();
      const copies = timed.flatMap(({ at, body }) =>
        body.type === 'canary.writes' || body.type === 'canary.survivors'
          ? [{ at, body: { ...body, canary: 'orders-audit' } }]
          : [],
      );
      const second = plan.canaries.map((canary) => ({ ...canary, id: 'orders-audit' }));
      const both = { ...plan, canaries: [...plan.canaries, ...second] };
      expect(orders(resultOf(both, place([...timed, ...copies]))).rpo.lostAfterT0).toBe(4);
    });
  });

  it('is not measured without a canary or a disruption', () => {
    const { timed } = buildRun();
    const { rpo } = orders(resultOf({ ...planOf(), canaries: [] }, place(timed)));
    expect(rpo.reason).toBe('no canary writes to this system');
    const calm = rpoOf({}, (body) => ('step' in body && body.step === 'lose-west-europe' ? undefined : body));
    expect(calm.reason).toContain('Ts is missing');
  });

  it('of a system is that of its worst canary, with the counts of all', () => {
    const { timed } = buildRun();
    const plan = planOf();
    const second = plan.canaries.map((canary) => ({ ...canary, id: 'orders-audit' }));
    const copies = timed.flatMap(({ at, body }) => {
      if (body.type === 'canary.writes') return [{ at, body: { ...body, canary: 'orders-audit' } }];
      return body.type === 'canary.survivors'
        ? [timedAt(26_400, { ...body, canary: 'orders-audit', present: [[0, 99]] })]
        : [];
    });
    const { rpo } = orders(
      resultOf({ ...plan, canaries: [...plan.canaries, ...second] }, place([...timed, ...copies])),
    );
    // Write 100 was acknowledged at 2,405.
    expect([rpo.actualMs, rpo.verdict, rpo.lost, rpo.acknowledged]).toEqual([3595, 'missed', 15 + 180, 560]);
    expect(rpo.newestSurvivor).toMatchObject({ canary: 'orders-audit', sequence: 99 });
  });

  it('never unrolls the ranges of survivors, however wide they are', () => {
    const rpo = rpoOf({}, (body) =>
      body.type === 'canary.survivors' ? { ...body, present: [[0, Number.MAX_SAFE_INTEGER]] } : body,
    );
    expect([rpo.lost, rpo.actualMs]).toEqual([0, 0]);
  });
});
