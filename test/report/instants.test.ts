import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../src/model/clock.ts';
import type { EventBody } from '../../src/model/events.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { INSTANTS } from '../../src/report/instants.ts';
import { measured, orders, resultOf } from './measure.ts';
import { buildRun, place, planOf, START, timedAt, timedEvents } from './run-builder.ts';

const instantsOf = (change?: (body: EventBody) => EventBody | undefined) => {
  const { instants } = orders(measured({}, change));
  return Object.fromEntries(INSTANTS.map((name) => [name, instants[name] && Date.parse(instants[name].at) - START]));
};
const without = (type: EventBody['type']) => (body: EventBody) => (body.type === type ? undefined : body);

describe('instants', () => {
  it('are those that the events of a region failover show', () => {
    expect(instantsOf()).toEqual({
      T0: 6000,
      T1: 6400,
      T2: 6410,
      T3: 6450,
      T4: 26_150,
      T5: 28_000,
      T6: null,
      T7: 59_000,
    });
  });

  it('name the record that says so', () => {
    const { instants } = orders(measured());
    expect(INSTANTS.map((name) => instants[name]?.source)).toEqual([
      'step lose-west-europe: twin',
      'probe shop: connection refused',
      'automatic: probe shop failed',
      'step promote',
      'probe shop',
      'check no-holes passed',
      undefined,
      'restoration proved against the baseline',
    ]);
  });

  it('take the end of a failing reading for detection, because nobody knew before', () => {
    const early = { type: 'probe.readings', probe: 'shop', readings: [[START + 5990, START + 6001, false]] } as const;
    const { plan, timed } = buildRun();
    const events = place([...timed, timedAt(6002, { ...early, readings: [[START + 5990, START + 6001, false]] })]);
    expect(orders(resultOf(plan, events)).instants.T1?.at).toBe(formatInstant(START + 6001));
  });

  it('pass over a failure that was judged before the disruption', () => {
    const { plan, timed } = buildRun();
    const events = place([
      ...timed,
      timedAt(5600, { type: 'probe.readings', probe: 'shop', readings: [[START + 5500, START + 5599, false]] }),
    ]);
    expect(orders(resultOf(plan, events)).instants.T1?.at).toBe(formatInstant(START + 6400));
  });

  it('have no T0 when the fault step does not say when it took effect', () => {
    const silent = instantsOf((body) =>
      body.type === 'step.succeeded' && body.step === 'lose-west-europe'
        ? { ...body, output: { effectiveAt: 5 } }
        : body,
    );
    expect([silent['T0'], silent['T1']]).toEqual([null, null]);
  });

  it('have no T0 when the disruption, or one of several, is not the run’s own', () => {
    const foreign = (body: EventBody): EventBody =>
      body.type === 'step.succeeded' && body.step === 'lose-west-europe'
        ? { ...body, output: { ...(body.output as JsonObject), ours: false } }
        : body;
    expect(instantsOf(foreign)['T0']).toBeNull();
    const plan = planOf();
    const [fault] = plan.steps;
    if (!fault) throw new Error('expected a fault step');
    const two = { ...plan, steps: [{ ...fault, id: 'found-out' }, ...plan.steps] };
    const at = START + 5400;
    const output = { effectiveAt: at, earliest: at, latest: at, simulated: false, ours: false, source: 'twin' };
    const events = place([
      ...timedEvents(),
      timedAt(5400, { type: 'step.succeeded', step: 'found-out', attempt: 1, output }),
    ]);
    expect(orders(resultOf(two, events)).instants.T0).toBeNull();
  });

  it('take T0 from an inspection when the answer of the fault step was lost', () => {
    const change = (body: EventBody): EventBody =>
      body.type === 'step.succeeded' && body.step === 'lose-west-europe'
        ? {
            type: 'step.inspected',
            step: body.step,
            attempt: 1,
            finding: 'done',
            detail: 'it is down',
            output: body.output,
          }
        : body;
    expect(instantsOf(change)['T0']).toBe(6000);
  });

  it('prefer a real disruption to an earlier simulated one', () => {
    const plan = planOf();
    const [fault] = plan.steps;
    if (!fault) throw new Error('expected a fault step');
    const two = { ...plan, steps: [{ ...fault, id: 'declare-loss' }, ...plan.steps] };
    const output = {
      effectiveAt: START + 5400,
      earliest: START + 5400,
      latest: START + 5400,
      simulated: true,
      source: 'said so',
    };
    const events = place([
      ...timedEvents(),
      timedAt(5400, { type: 'step.succeeded', step: 'declare-loss', attempt: 1, output }),
    ]);
    expect(orders(resultOf(two, events)).instants.T0).toEqual({
      at: formatInstant(START + 6000),
      source: 'step lose-west-europe: twin',
    });
  });

  it('have no T4 and no T5 while a probe was not stable', () => {
    const { T4, T5 } = instantsOf(without('probe.stable'));
    expect([T4, T5]).toEqual([null, null]);
  });

  it('have no T5 when one check did not pass, and keep T4', () => {
    const { T4, T5 } = instantsOf((body) =>
      body.type === 'step.succeeded' && body.step === 'no-holes' ? undefined : body,
    );
    expect([T4, T5]).toEqual([26_150, null]);
  });

  it('take the start of the stable window for T5 when checks were done before it', () => {
    const { plan, timed } = buildRun({}, (body) =>
      body.type === 'probe.stable' ? { ...body, since: START + 29_000 } : body,
    );
    const later = timed.map((event) => (event.body.type === 'probe.stable' ? { ...event, at: START + 34_500 } : event));
    const { T4, T5 } = orders(resultOf(plan, place(later))).instants;
    expect([T4?.at, T5?.at]).toEqual([formatInstant(START + 26_150), formatInstant(START + 29_000)]);
  });

  it('do not bridge a hole in the readings: the service counts as available after it', () => {
    // Readings between 27 and 28 s are gone, so the healthy stretch that holds begins at 28,150.
    const { T4 } = instantsOf((body) =>
      body.type === 'probe.readings'
        ? { ...body, readings: body.readings.filter(([sent]) => sent < START + 27_000 || sent >= START + 28_150) }
        : body,
    );
    expect(T4).toBe(28_150);
  });

  it('refuse a stable window that the readings do not bear out', () => {
    const { T4, T5 } = instantsOf((body) =>
      body.type === 'probe.readings'
        ? { ...body, readings: body.readings.map(([sent, judged]) => [sent, judged, sent < START + 6000]) }
        : body,
    );
    expect([T4, T5]).toEqual([null, null]);
  });

  it('have no T7 when restoration was not proved', () => {
    const { T7 } = instantsOf((body) => (body.type === 'restoration.proved' ? { ...body, proved: false } : body));
    expect(T7).toBeNull();
  });

  it('are all missing when the drill never began', () => {
    const kept = new Set(['run.opened']);
    expect(Object.values(instantsOf((body) => (kept.has(body.type) ? body : undefined)))).toEqual(Array(8).fill(null));
  });
});
