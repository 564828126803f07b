import { describe, expect, it } from 'vitest';
import type { EventBody, ProvedCheck } from '../../src/model/events.ts';
import { provedLines } from '../../src/report/checks-proved.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { buildRun, place, planOf, START, type Timed, timedAt } from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

const red = { planted: 'one lost row of orders', red: true, reading: 'expected 0, found 1' };
const green = { planted: 'one altered row of orders', red: false, reading: '0' };
const proved = (step: string): ProvedCheck => ({
  ...{ step, uses: 'x', proved: true, reading: '0', problem: null },
  claims: [{ claim: 'rows', proved: true, plants: [green, red] }],
});
const weak: ProvedCheck = { ...proved('no-holes'), proved: false, problem: 'rows: it stayed green on everything' };

/** The run of the builder, which passes, opened with the wish and with this proof. */
function judged(...checks: readonly ProvedCheck[]) {
  const wished = (body: EventBody): EventBody => (body.type === 'run.opened' ? { ...body, proveChecks: true } : body);
  const { timed } = buildRun({}, wished);
  const proof = { at: START, body: { type: 'checks.proved' as const, tookMs: 61_000, checks: [...checks] } };
  const events = place([...timed.slice(0, 1), ...(checks.length > 0 ? [proof] : []), ...timed.slice(1)]);
  const plan = planOf({});
  return { events, ...evaluateRun(plan, smallKernel(plan, {}), events) };
}

describe('a run whose checks were to be proved', () => {
  it('passes when every check of its plan was', () => {
    expect(judged(proved('shop-answers'), proved('no-holes'))).toMatchObject({ outcome: 'passed', reasons: [] });
  });

  it('never passes with one that was not, with one that is missing, or without a proof', () => {
    expect(judged(proved('shop-answers'), weak)).toMatchObject({
      outcome: 'inconclusive',
      reasons: ['check no-holes is not proved: rows: it stayed green on everything'],
    });
    expect(judged(proved('no-holes')).outcome).toBe('inconclusive');
    expect(judged().reasons).toEqual(['the checks were to be proved, and no proof is on record']);
  });
});

describe('a proof on record', () => {
  const both = [proved('shop-answers'), proved('no-holes')];
  const judgedWith = (events: readonly Timed[]) => {
    const { timed } = buildRun({}, (body) => (body.type === 'run.opened' ? { ...body, proveChecks: true } : body));
    const plan = planOf({});
    return evaluateRun(plan, smallKernel(plan, {}), place([...timed, ...events]));
  };
  const proof = (at: number, ...checks: readonly ProvedCheck[]) =>
    timedAt(at, { type: 'checks.proved', tookMs: 1, checks: [...checks] });

  it.each([
    ['claims nothing', []],
    ['shows no plant', [{ claim: 'rows', proved: true, plants: [] }]],
    ['shows only plants on which the check stayed green', [{ claim: 'rows', proved: true, plants: [green] }]],
    [
      'shows one of two claims only',
      [
        { claim: 'rows', proved: true, plants: [red] },
        { claim: 'times', proved: true, plants: [green] },
      ],
    ],
  ])('is not believed when it %s', (_, claims) => {
    const { outcome, reasons } = judgedWith([proof(100, proved('shop-answers'), { ...proved('no-holes'), claims })]);
    expect([outcome, reasons]).toEqual([
      'inconclusive',
      ['check no-holes is not proved: nothing on record shows it red on each of its claims'],
    ]);
  });

  it('counts only from before the preflight, and the first one', () => {
    expect(judgedWith([proof(100, ...both)]).outcome).toBe('passed');
    expect(judgedWith([proof(250, ...both)]).reasons).toEqual([
      'the checks were to be proved, and no proof is on record',
    ]);
    expect(judgedWith([proof(100, weak), proof(150, ...both)]).outcome).toBe('inconclusive');
  });
});

describe('the words about a proof', () => {
  it('say what each check found and what it did not', () => {
    expect(provedLines(judged(proved('shop-answers'), weak).events)).toEqual([
      '1 of 2 checks were seen red before the drill, on a twin of their own, in 1 min 1 s.',
      'shop-answers: red on one lost row of orders; green on one altered row of orders',
      'no-holes: not proved: rows: it stayed green on everything',
    ]);
  });

  it('are none where nobody asked for a proof', () => {
    expect(provedLines(place(buildRun({}).timed))).toEqual([]);
  });
});
