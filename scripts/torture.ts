// Tortures the real program on real twins: `npm run torture`, `npm run torture -- --minutes 5 --seed 7 --only 'dropped replies'`. Prints what was
// tried and survived. Exit status 1 when any rule was broken; the trial's folder is kept then, with the command that repeats it.
import { parseArgs } from 'node:util';
import { KINDS, runTrials, tableOf } from './torture/run-trials.ts';

const MINUTES = 30;
/** The last trials end within these. */
const LAST_MINUTES = 2;
const TURNS_MAX = 1000;
const AT_A_TIME = 2;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    turns: { type: 'string' },
    only: { type: 'string' },
  },
});

function numberOf(name: string, text: string | undefined, fallback: number): number {
  const found = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(found) || found < 0) throw new RangeError(`--${name}: expected a number, found "${text}"`);
  return found;
}

const minutes = numberOf('minutes', values.minutes, MINUTES);
const seed = numberOf('seed', values.seed, Math.floor(Date.now() / 1000) % 1_000_000);
const kinds = values.only === undefined ? KINDS : KINDS.filter((kind) => kind.includes(values.only ?? ''));
if (kinds.length === 0) throw new RangeError(`--only: expected one of ${KINDS.join(', ')}, found "${values.only}"`);

const say = (text: string) => process.stdout.write(`${text}\n`);
say(`seed ${seed}, at most ${minutes} minutes`);
const reports = await runTrials({
  seed,
  ms: Math.max(minutes - LAST_MINUTES, minutes / 2) * 60_000,
  turns: numberOf('turns', values.turns, TURNS_MAX),
  kinds,
  atATime: AT_A_TIME,
  say,
});
say(`\n${tableOf(reports)}`);
const isSurvived = reports.length > 0 && reports.every(({ violations }) => violations.length === 0);
process.exitCode = isSurvived ? 0 : 1;
