// The short form of `npm run torture`: kinds of trial once each, on real twins with real signals. See docs/torture.md.
import { describe, expect, it } from 'vitest';
import { KINDS, runTrials, tableOf } from '../../scripts/torture/run-trials.ts';
import { SEED } from '../definition/seed.ts';

const ENDED_AFTER_MS_MAX = 900_000;

/** Of the twin's processes one is killed, which one the seed says. */
const ofTwin = KINDS.filter((kind) => /of (the database|a shop|the twin itself)$/.test(kind));
/** A death at an event is one by SIGKILL as well, and every action is throttled in tests of its own. */
const ELSEWHERE: readonly string[] = ['kill -9 of the orchestrator', 'throttling'];
const isChosen = (kind: (typeof KINDS)[number]) => !ofTwin.includes(kind) || kind === ofTwin[SEED % ofTwin.length];
const kinds = KINDS.filter((kind) => isChosen(kind) && !ELSEWHERE.includes(kind));

describe(`the real program on real twins (seed ${SEED})`, () => {
  it(
    'survives one trial of each kind that no other test has',
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
