// Holds the cases of a family to their table, on one twin.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/definition/problem.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { type Bench, openBench } from './bench.ts';
import { doneAgain, planTrial, runTrial, type TrialEnd } from './run-trial.ts';
import { type ActionCase, type Expected, type Refusal, type Trial, WAYS, type Way } from './ways.ts';

export interface Family {
  readonly name: string;
  /** What its world file says. */
  readonly world: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly cases: readonly ActionCase[];
}

export function holdFamily({ name, world, cases }: Family): void {
  describe(name, () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await openBench(world);
    });
    afterAll(() => bench?.remove());
    for (const given of cases.filter(({ ways }) => Object.values(ways).some((way) => !('reason' in way))))
      describe(given.uses, () => {
        afterEach(async () => {
          await bench.calm();
          await given.reset?.(bench);
        });
        for (const way of WAYS) holdWay(() => bench, given, way);
      });
  });
}

/** A way that does not apply has its reason in the table, and no test. */
function holdWay(bench: () => Bench, given: ActionCase, way: Way): void {
  const entry = given.ways[way];
  if ('reason' in entry) return;
  if ('refusedAtPlanning' in entry) return void it(way, () => expectRefusal(bench(), given, way, entry));
  if ('defect' in entry) it.fails(`${way} (known: ${entry.defect})`, () => holdTrial(bench(), given, way, entry.trial));
  else it(way, () => holdTrial(bench(), given, way, entry));
}

function expectRefusal(bench: Bench, given: ActionCase, way: Way, { with: instead, refusedAtPlanning }: Refusal): void {
  const refused = planTrial(bench, given, way, { with: instead, expected: NEVER_RUN });
  expect(refused.ok ? 'planned' : refused.problems.map(({ message }) => message).join('\n')).toMatch(refusedAtPlanning);
}

const NEVER_RUN: Expected = { outcome: 'not-ready', step: 'pending', taken: 0 };

async function holdTrial(bench: Bench, given: ActionCase, way: Way, trial: Trial): Promise<void> {
  await given.beforeRun?.(bench);
  if (way === 'done twice' && given.isCreation === true) return holdCreatedTwice(bench, given, trial);
  const loaded = planTrial(bench, given, way, trial);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  if (way !== 'outside the scope')
    return expectEnd(given, trial, await runTrial(bench, given, way, trial, loaded.plan));
  // Planning refuses it, and so does the engine when a plan says otherwise.
  const { scope = [], with: instead, message } = trial.refused ?? { message: /inside scope/ };
  const refused = planTrial(bench, { ...given, scope }, way, { ...trial, with: { ...trial.with, ...instead } });
  expect(refused.ok ? '' : refused.problems.map((problem) => problem.message).join('\n')).toMatch(message);
  const { replan = withoutScope } = trial;
  expectEnd(given, trial, await runTrial(bench, given, way, trial, replan(loaded.plan)));
}

/** Planning refuses a drill that makes a thing twice; a plan that says so all the same makes it once. */
async function holdCreatedTwice(bench: Bench, given: ActionCase, trial: Trial): Promise<void> {
  const refused = planTrial(bench, given, 'done twice', trial);
  expect(refused.ok ? '' : refused.problems.map(({ message }) => message).join()).toMatch(/to be created once/);
  const loaded = planTrial(bench, given, 'undone twice', trial);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  expectEnd(given, trial, await runTrial(bench, given, 'done twice', trial, doneAgain(loaded.plan)));
}

const withoutScope = (plan: Plan): Plan => ({ ...plan, scope: [] });

function expectEnd(given: ActionCase, { expected }: Trial, end: TrialEnd): void {
  // On one line, which a log that was cut off shows whole.
  const told = JSON.stringify({ ...shortOf(end), reasons: end.reasons, story: storyOf(end) });
  const statuses = end.statuses.map((_, nth) =>
    typeof expected.step === 'string' ? expected.step : expected.step[nth],
  );
  expect({ outcome: end.outcome, statuses: end.statuses }, told).toEqual({
    outcome: expected.outcome,
    statuses,
  });
  if (expected.code !== undefined) expect(end.code, told).toBe(expected.code);
  if (expected.reason !== undefined) expect(end.reasons.join('\n')).toMatch(expected.reason);
  expect(shortOf(end), told).toEqual(countsOf(given, expected, end));
  // A run that is over, and does not say that somebody must look, leaves nothing at work behind.
  if (end.outcome !== 'stuck') expect(end.atWork, 'operations at work after the run').toEqual([]);
  // What was done while the drill stood at its verification is seen past the action.
  if (end.seenThen !== undefined) expect(end.seenThen, 'the effect is seen at the verification').toBe(true);
  if (given.seen !== undefined && expected.stays !== null)
    expect(end.seenAfter, 'the effect is seen after the run').toBe(expected.stays ?? false);
  const ids = end.taken.map(({ clientRequestId }) => clientRequestId);
  expect(new Set(ids).size, 'a request was sent twice').toBe(ids.length);
}

const countsOf = ({ isOperation = false }: ActionCase, { taken, operations, undone }: Expected, end: TrialEnd) => ({
  taken,
  operations: operations ?? (isOperation ? taken : 0),
  undone: undone ?? end.undone.length,
});

function shortOf({ taken, operations, undone }: TrialEnd) {
  return { taken: taken.length, operations: operations.length, undone: undone.length };
}

const storyOf = ({ events }: TrialEnd) =>
  events.map((event) => ('step' in event ? `${event.type} ${event.step} ${detailOf(event)}` : event.type));
const detailOf = (event: object) => JSON.stringify({ ...event, type: undefined, step: undefined, output: undefined });
