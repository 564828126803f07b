// The way from a built run to its result, as every test of this folder goes it.
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import type { DrillResult, SystemResult } from '../../src/model/result.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { makeResult } from '../../src/report/result.ts';
import type { StepStatus } from '../../src/statechart/kernel.ts';
import { buildRun, type RunOptions } from './run-builder.ts';
import { smallKernel } from './small-kernel.ts';

export const HEAD = 'e'.repeat(64);

export const resultOf = (
  plan: Plan,
  events: readonly DrillEvent[],
  statuses: Readonly<Record<string, StepStatus>> = {},
): DrillResult => makeResult(plan, smallKernel(plan, statuses), events, HEAD);

/** The result of a built run whose events were changed. */
export function measured(options: RunOptions = {}, change?: (body: EventBody) => EventBody | undefined): DrillResult {
  const { plan, events } = buildRun(options, change);
  return resultOf(plan, events);
}

/** Its one system. */
export function orders(result: DrillResult): SystemResult {
  const [system] = result.systems;
  if (system === undefined) throw new Error('expected a system in the result, found none');
  return system;
}
