// Whatever happens to the record of a run that passed: it is passed only with everything on record that its drill demands.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DrillEvent } from '../../src/model/events.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { missingIn } from './demanded.ts';
import { type Mutation, mutate, mutation } from './record-mutations.ts';
import { buildRun } from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

const seed = Number(process.env['DRILLMASTER_SEED'] ?? 20_261_121);
const { plan, events } = buildRun();

/** One machine is strict and throws on what cannot be; the other believes every event, so that the judgement stands alone. */
const MACHINES = {
  'the real machine': (list: readonly DrillEvent[]) =>
    outcomeOr(() => evaluateRun(plan, createKernel(plan), list).outcome),
  'a machine that believes everything': (list: readonly DrillEvent[]) =>
    outcomeOr(() => evaluateRun(plan, smallKernel(plan), list).outcome),
};

/** A record that cannot be gives no verdict at all. */
function outcomeOr(judge: () => string): string {
  try {
    return judge();
  } catch {
    return 'impossible';
  }
}

function expectHonest(outcomeOf: (list: readonly DrillEvent[]) => string, mutations: readonly Mutation[]): void {
  const list = mutate(events, mutations);
  if (outcomeOf(list) === 'passed') expect(missingIn(list), JSON.stringify(mutations)).toEqual([]);
}

describe.each(Object.entries(MACHINES))('an outcome by %s', (_, outcomeOf) => {
  it('is passed for the record as it is, in which nothing is missing', () => {
    expect([outcomeOf(events), missingIn(events)]).toEqual(['passed', []]);
  });

  it('is passed with no single event dropped, repeated later or flipped that the drill demands', () => {
    for (const pick of events.keys())
      for (const kind of ['cut', 'drop', 'repeat', 'flip'] as const)
        expectHonest(outcomeOf, [{ kind, pick, which: kind === 'repeat' ? events.length - 2 : pick }]);
  });

  it(`is passed with no few of them changed either (seed ${seed})`, () => {
    const few = fc.array(mutation, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(few, (mutations) => expectHonest(outcomeOf, mutations)),
      { seed, numRuns: 200 },
    );
  });
});
