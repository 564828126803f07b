// Deaths, lost and late answers, throttling, failing undos, aborts and set clocks together, drawn from a seed. See docs/torture.md.
import { describe, expect, it } from 'vitest';
import { SEED } from '../definition/seed.ts';
import { ofType } from '../runtime/drill-builder.ts';
import { violations } from './invariants.ts';
import { NO_MISHAPS, randomMishaps } from './mishaps.ts';
import { randomOf } from './random.ts';
import { type Sample, samples, withAttempts } from './sample-drills.ts';
import { type Trial, type TrialWishes, tryDrill } from './trial.ts';

const TRIALS_EACH = process.env['DRILLMASTER_TORTURE'] === 'full' ? 500 : 8;
const FULL_MS_MAX = 3_600_000;
const OFTEN = 0.15;
const DEATHS_MAX = 4;
const DOWN_MS_MAX = 120_000;
const CLOCK_MOVED_MS_MAX = 30_000;

const CLOCK_STRIDE = process.env['DRILLMASTER_TORTURE'] === 'full' ? 1 : 20;

const regionFailover = samples.find(({ name }) => name === 'region-failover') as Sample;

function wishesOf(plan: TrialWishes['plan'], seed: number): TrialWishes {
  const next = randomOf(seed);
  const deaths: number[] = [];
  while (deaths.length < DEATHS_MAX && next() < 0.7) deaths.push((deaths.at(-1) ?? 0) + 1 + Math.floor(next() * 120));
  return {
    plan: next() < 0.5 ? plan : withAttempts(plan, 3),
    mishaps: randomMishaps(seed, OFTEN),
    deaths,
    downMs: Math.floor(next() * DOWN_MS_MAX),
    ...(next() < 0.15 && { abortAt: 1 + Math.floor(next() * 150) }),
    ...(next() < 0.2 && { clockMovedMs: Math.floor((2 * next() - 1) * CLOCK_MOVED_MS_MAX) }),
  };
}

const told = ({ deaths, downMs, abortAt, clockMovedMs }: TrialWishes) =>
  JSON.stringify({ deaths, downMs, abortAt, clockMovedMs });

describe(`random mishaps (seed ${SEED})`, () => {
  it(
    'end every sample drill as before, or stuck and naming what is not, and never pass what is not as before',
    async () => {
      const seen = new Set<string>();
      for (const { name, plan } of samples)
        for (let seed = SEED; seed < SEED + TRIALS_EACH; seed++) {
          const wishes = wishesOf(plan, seed);
          const what = `${name}, seed ${seed}: ${told(wishes)}`;
          const trial = await tryDrill(wishes).catch((error: unknown) => {
            throw new Error(what, { cause: error });
          });
          expect({ what, violations: violations(trial), why: trial.reasons }).toEqual({
            what,
            violations: [],
            why: trial.reasons,
          });
          seen.add(trial.outcome);
        }
      // A random test that only ever sees one ending has tested nothing.
      expect([...seen]).toEqual(expect.arrayContaining(['passed', 'failed', 'stuck']));
    },
    FULL_MS_MAX,
  );
});

describe('a clock that was set back while nobody had the run', () => {
  it(
    'makes nothing look worse or better than it is',
    async () => {
      const { plan } = regionFailover;
      const { instants } = await tryDrill({ plan, mishaps: NO_MISHAPS });
      for (let death = 2 + (SEED % CLOCK_STRIDE); death <= instants.length; death += CLOCK_STRIDE) {
        const what = `region-failover, killed at instant ${death}: ${instants[death - 1]}`;
        const wishes = { plan, mishaps: NO_MISHAPS, deaths: [death], downMs: 1000, clockMovedMs: -CLOCK_MOVED_MS_MAX };
        const trial = await tryDrill(wishes);
        expect({ what, violations: violations(trial) }).toEqual({ what, violations: [] });
      }
    },
    FULL_MS_MAX,
  );
});

describe('the rules of a trial', () => {
  const { plan } = regionFailover;
  const passed = (): Promise<Trial> => tryDrill({ plan, mishaps: NO_MISHAPS });

  it('see what was sent twice, sent without an intent, lost, left changed, or passed wrongly', async () => {
    const trial = await passed();
    expect(violations(trial)).toEqual([]);
    const { world, events } = trial;
    const [first] = world.log;
    expect(first).toBeDefined();
    const planted: readonly (readonly [string, Trial])[] = [
      ['sent twice', { ...trial, world: { ...world, log: [...world.log, ...(first ? [first] : [])] } }],
      [
        'sent without an intent',
        {
          ...trial,
          world: {
            ...world,
            log: first ? [...world.log, { ...first, attempt: 2, kind: 'undo' }, { ...first, attempt: 2 }] : [],
          },
        },
      ],
      ['acknowledged and is lost', { ...trial, acknowledged: [...trial.acknowledged, events.length + 1] }],
      ['although it is not as before', { ...trial, world: { ...world, wrongs: () => ['the shop'] } }],
      ['expected the record to end', { ...trial, events: events.slice(0, -1) }],
      ['replays into another phase', { ...trial, phases: new Map([[1, 'closed']]) }],
    ];
    for (const [rule, wrong] of planted)
      expect({ rule, seen: violations(wrong).some((words) => words.includes(rule)) }).toEqual({ rule, seen: true });
  });

  it('see a trial in which requests were lost as one in which they were', async () => {
    const wishes = { plan, mishaps: randomMishaps(SEED, 0.5) };
    const { events } = await tryDrill(wishes);
    expect(ofType(events, 'step.interrupted').length + ofType(events, 'step.failed').length).toBeGreaterThan(0);
  });
});
