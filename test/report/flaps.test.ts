import { describe, expect, it } from 'vitest';
import { flapTexts } from '../../src/report/flaps.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { orders, resultOf } from './measure.ts';
import { buildRun, place, planOf, START, type Timed } from './run-builder.ts';

/** The checks are answered at 28,000 and the service is well from 26,150 on, but fails again in these spans. Judged stable for 5 s `since` then. */
function flapping(spans: readonly (readonly [number, number])[], since: number) {
  const shiftMs = Math.max(0, since - 26_150);
  const failsAt = (at: number) => spans.some(([from, until]) => at >= START + from && at < START + until);
  const timed = buildRun({}, (body) => {
    if (body.type === 'probe.stable') return { ...body, since: START + since, until: START + since + 5280 };
    if (body.type !== 'probe.readings') return body;
    return {
      ...body,
      readings: body.readings.map((reading): (typeof body.readings)[number] =>
        failsAt(reading[0]) ? [reading[0], reading[1], false, 'status 503'] : reading,
      ),
    };
  }).timed.map((event): Timed => {
    const isLater = event.at > START + 31_000 && event.body.type !== 'probe.readings';
    return isLater ? { ...event, at: event.at + shiftMs } : event;
  });
  const plan = planOf();
  const events = place(timed);
  return { plan, events, result: resultOf(plan, events) };
}

describe('a service that comes back and fails again inside the stable time', () => {
  const twice = () =>
    flapping(
      [
        [27_000, 27_500],
        [30_000, 30_300],
      ],
      30_400,
    );

  it('has T4 and T5 from the window that held', () => {
    const { instants, rto } = orders(twice().result);
    expect([instants.T4?.at, instants.T5?.at]).toEqual(['2026-11-21T10:00:30.400Z', '2026-11-21T10:00:30.400Z']);
    expect(instants.T5?.source).toBe('stable window of probe shop');
    expect(rto.actualMs).toBe(24_400);
  });

  it('has no recovery where readings contradict the claim that a window held', () => {
    const { result } = flapping([[29_000, 29_300]], 26_150);
    expect(orders(result).instants.T5?.at).not.toBe('2026-11-21T10:00:28.000Z');
    expect(result.outcome).not.toBe('passed');
  });

  it('is said to have flapped, with the count of its changes, in every form', () => {
    const { result, plan, events } = twice();
    expect(orders(result).flaps).toEqual([{ probe: 'shop', changes: 6 }]);
    const sentence = 'probe shop changed 6 times between healthy and failing from T0 to T5: the service flapped';
    expect(reportMarkdown(result, plan, events)).toContain(sentence);
    expect(summaryText(result, plan, events).replaceAll(/\s+/g, ' ')).toContain(sentence);
    const page = reportHtml(result, plan, events);
    expect(page).toContain(sentence);
    expect(page).toContain('flapped: 6 changes');
  });

  it('does not flap in a plain outage, nor by what restoration interrupts', () => {
    const { plan, events } = buildRun();
    const result = resultOf(plan, events);
    expect(orders(result).flaps).toEqual([{ probe: 'shop', changes: 2 }]);
    expect(flapTexts(orders(result))).toEqual([]);
  });

  it('counts nothing where nothing was disrupted', () => {
    const { plan, events } = buildRun({}, (body) =>
      'step' in body && body.step === 'lose-west-europe' ? undefined : body,
    );
    expect(orders(resultOf(plan, events)).flaps).toEqual([]);
  });
});
