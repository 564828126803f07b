// Every sample drill on the model of the world, killed at every instant at which that could make a difference. See docs/torture.md.
import { describe, expect, it } from 'vitest';
import { SEED } from '../definition/seed.ts';
import { violations } from './invariants.ts';
import { NO_MISHAPS } from './mishaps.ts';
import { type Sample, samples } from './sample-drills.ts';
import { type Trial, type TrialWishes, tryDrill } from './trial.ts';

/** All instants with `DRILLMASTER_TORTURE=full`, else every so manieth from one that the seed picks. */
const IS_FULL = process.env['DRILLMASTER_TORTURE'] === 'full';
const STRIDE = IS_FULL ? 1 : 3;
const DOWN_MS = 5000;
const FULL_MS_MAX = 600_000;

/** Tries a drill and holds it to every rule; what it was is part of a failure's message. */
async function survives(wishes: TrialWishes, what: string): Promise<Trial> {
  const trial = await tryDrill(wishes).catch((error: unknown) => {
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  });
  expect({ what, outcome: trial.outcome, violations: violations(trial) }).toEqual({
    what,
    outcome: trial.outcome,
    violations: [],
  });
  return trial;
}

const calmOf = ({ name, plan }: Sample) => survives({ plan, mishaps: NO_MISHAPS }, `${name}, undisturbed`);

describe(`every sample drill (seed ${SEED}${IS_FULL ? ', full' : `, every ${STRIDE}rd instant`})`, () => {
  it.each(samples)('$name passes where nothing goes wrong', async (sample) => {
    expect((await calmOf(sample)).reasons).toEqual([]);
  });

  it.each(samples)(
    '$name, killed before and after every event and inside every effect, ends with everything as before',
    async (sample) => {
      const { instants } = await calmOf(sample);
      for (let death = 1 + (SEED % STRIDE); death <= instants.length; death += STRIDE) {
        const what = `${sample.name}, killed at instant ${death}: ${instants[death - 1]}`;
        const trial = await survives(
          { plan: sample.plan, mishaps: NO_MISHAPS, deaths: [death], downMs: DOWN_MS },
          what,
        );
        expect({ what, processes: trial.processes }).toEqual({ what, processes: 2 });
        // Nothing but a process died: nobody has to look at anything.
        expect({ what, outcome: ['passed', 'inconclusive'].includes(trial.outcome) }).toEqual({ what, outcome: true });
      }
    },
    FULL_MS_MAX,
  );
});
