// The short form of `npm run torture`: each kind of trial once, on real twins with real signals. See docs/torture.md.
import { describe, expect, it } from 'vitest';
import { KINDS, runTrials, tableOf } from '../../scripts/torture/run-trials.ts';
import { SEED } from '../definition/seed.ts';

const ENDED_AFTER_MS_MAX = 900_000;

/** Of the twin's processes one is killed, which one the seed says. */
const ofTwin = KINDS.filter((kind) => /of (the database|a shop|the twin itself)$/.test(kind));
const kinds = KINDS.filter((kind) => !ofTwin.includes(kind) || kind === ofTwin[SEED % ofTwin.length]);

describe(`the real program on real twins (seed ${SEED})`, () => {
  it(
    'survives one trial of each kind of torture',
    async () => {
      const said: string[] = [];
      const wishes = { seed: SEED, ms: ENDED_AFTER_MS_MAX, turns: 1, kinds, atATime: 2 };
      const reports = await runTrials({ ...wishes, say: (line) => said.push(line) });
      process.stdout.write(`${tableOf(reports)}\n`);
      expect(
        reports.flatMap(({ violations }) => violations),
        said.join('\n'),
      ).toEqual([]);
      expect(reports.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
    },
    ENDED_AFTER_MS_MAX,
  );
});
