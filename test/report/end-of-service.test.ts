// RPO of a restore: the damaged original serves on after T0, so that Ts is the moment at which a step took it out of service.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import type { Json } from '../../src/model/json.ts';
import { orders, resultOf } from './measure.ts';
import { buildRun, START } from './run-builder.ts';

const TS = { earliest: START + 6990, effectiveAt: START + 7000, latest: START + 7010 };
const closed: Json = { ...TS, simulated: false, source: 'the database', ours: true };

/** The step `promote` takes the original out of service; it serves up to write `last`, and writes 265 and later are absent. */
function rpoOf({ last = 329, output = closed }: { readonly last?: number; readonly output?: Json } = {}) {
  const change = (body: EventBody): EventBody => {
    if (body.type === 'step.succeeded' && body.step === 'promote') return { ...body, output };
    if (body.type !== 'canary.writes') return body;
    const writes = body.writes.map(([sequence, sent]): [number, number, number | null] => [
      sequence,
      sent,
      sequence <= last ? sent + 5 : null,
    ]);
    return { ...body, writes };
  };
  const { plan, events } = buildRun({}, change);
  const steps = plan.steps.map((step) => (step.id === 'promote' ? { ...step, endsService: true } : step));
  return orders(resultOf({ ...plan, steps }, events)).rpo;
}

describe('RPO of a drill that takes a damaged original out of service', () => {
  it('counts every acknowledged and absent write up to that moment, also those after the damage', () => {
    // Write 265 was acknowledged at 5,705; the last one before 7,000 is 329, sent at 6,980.
    expect(rpoOf()).toMatchObject({ actualMs: 1295, uncertaintyMs: 40, lost: 65, lostAfterT0: 0, verdict: 'met' });
    expect(rpoOf().formula).toContain('Ts = end of service by step promote = 10:00:07.000');
  });

  it('is not measured when the original went on acknowledging writes after it', () => {
    const rpo = rpoOf({ last: 340 });
    expect(rpo).toMatchObject({ verdict: 'not-measured', actualMs: null });
    expect(rpo.lostAfterT0).toBeGreaterThan(5);
    expect(rpo.reason).toContain('went on acknowledging writes after end of service by step promote');
  });

  it.each<[string, Json]>([
    ['says nothing', {}],
    ['was found done, by somebody else', { server: 'a', access: 'read-only', ours: false }],
    ['says that it was not the run that did it', { ...TS, simulated: false, source: 'x', ours: false }],
    ['names no bracket around its instant', { ...TS, latest: START, simulated: false, source: 'x' }],
  ])('is not measured when the step %s', (_, output) => {
    expect(rpoOf({ output })).toMatchObject({
      verdict: 'not-measured',
      reason: 'nothing on record shows when step promote took the original out of service: Ts is missing',
    });
  });

  it('is not measured when no canary was writing up to it', () => {
    expect(rpoOf({ last: 300 }).reason).toContain('was acknowledged within two intervals before Ts');
  });
});
