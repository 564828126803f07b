// Breaks every step of every drill in every way.
import { describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../src/plan/plan.ts';
import { DRILLS } from './drills.ts';
import { outcome, sent } from './run-questions.ts';
import type { Fate } from './scripted-step.ts';
import { drive } from './world.ts';

const CASES = DRILLS.flatMap(({ name, plan }) => plan.steps.map((step) => ({ name, plan, step, id: step.id })));

/** Whether the drill can still go on: a step of restoration that fails is for the report to judge. */
const pathAfter = ({ phase }: PlannedStep) => (phase === 'restoration' ? 'success' : 'failure');
const behind = (steps: readonly PlannedStep[], id: string): readonly string[] =>
  steps.filter(({ needs }) => needs.includes(id)).flatMap((step) => [step.id, ...behind(steps, step.id)]);

/** The end of the disruption takes back what of a step had begun. */
const failedAs = ({ phase }: PlannedStep) => (phase === 'disruption' ? 'undone' : 'failed');

describe('a drill of which one step', () => {
  it.each(CASES)('fails: $name, $id', ({ plan, step, id }) => {
    const run = drive(plan, { steps: { [id]: ['fails'] } });
    expect(run.view.path).toBe(pathAfter(step));
    expect(run.view.status(id)).toBe(failedAs(step));
    expect(sent(run).filter((name) => name.startsWith(`${id} `))).toEqual([`${id} 1`]);
    for (const follower of behind(plan.steps, id)) expect(run.view.status(follower)).toBe('skipped');
  });

  it.each(CASES)('fails once and may be tried again: $name, $id', ({ plan, step, id }) => {
    const run = drive(plan, { steps: { [id]: ['fails-retryably', 'answers'] } });
    const again = step.retry.attempts > 1;
    expect(run.view.attempt(id)).toBe(again ? 2 : 1);
    expect(run.view.path).toBe(again ? 'success' : pathAfter(step));
  });

  it.each(CASES)('fails until its attempts are used up: $name, $id', ({ plan, step, id }) => {
    const run = drive(plan, { steps: { [id]: ['fails-retryably'] } });
    expect(run.view.status(id)).toBe(failedAs(step));
    expect(run.view.attempt(id)).toBe(step.retry.attempts);
  });

  it.each(CASES)('is done already: $name, $id', ({ plan, id }) => {
    expect(outcome(drive(plan, { steps: { [id]: ['done-before'] } }))).toBe('passed');
  });

  it.each(CASES)('was done although its answer was lost: $name, $id', ({ plan, id }) => {
    expect(outcome(drive(plan, { steps: { [id]: ['lost, done'] } }))).toBe('passed');
    expect(outcome(drive(plan, { steps: { [id]: ['lost, running'] } }))).toBe('passed');
  });

  it.each(CASES)('cannot be told of: $name, $id', ({ plan, step, id }) => {
    for (const fate of ['lost, unknown', 'unknown-before'] satisfies readonly Fate[]) {
      const run = drive(plan, { steps: { [id]: [fate] } });
      // A fault that was sent is ended all the same; everything else stays for a person to look at.
      const isEnded = step.kind === 'fault' && fate === 'lost, unknown';
      expect(run.view.stuck).toEqual(isEnded ? [] : [id]);
      expect(run.view.status(id)).toBe(isEnded ? 'undone' : 'stuck');
      expect(run.view.path).toBe(pathAfter(step));
    }
  });

  it.each(CASES)('never ends: $name, $id', ({ plan, step, id }) => {
    const run = drive(plan, { steps: { [id]: ['hangs, running'] } });
    expect(run.view.status(id)).toBe({ fault: 'undone', check: 'failed', write: 'stuck' }[step.kind]);
  });
});
