// Ways and ends that many actions share.
import type { Plan } from '../../../src/plan/plan.ts';
import type { FaultInput } from '../../../src/twin/index.ts';
import type { Expected, Trial, Way } from './ways.ts';

export const PASSED: Expected = { outcome: 'passed', step: 'succeeded', taken: 1 };
/** A second step finds the work of the first one done, and a drill that shows no recovery of it does not pass. */
export const TWICE: Expected = { ...PASSED, outcome: 'inconclusive', reason: /found done and never sent/ };
/** Preflight does not find what the drill names. */
export const NOT_READY: Expected = {
  outcome: 'not-ready',
  step: 'pending',
  reason: /expected the resource to exist, found none|not found/,
  taken: 0,
};
export const OUTSIDE: Expected = { outcome: 'failed', step: 'failed', code: 'outside-scope', taken: 0 };
/** Preflight looks at faults already. */
export const OUTSIDE_FAULT: Expected = {
  outcome: 'not-ready',
  step: 'pending',
  reason: /touch the drill's scope only/,
  taken: 0,
};
/** A plan whose steps do not say what they make. */
export const createsNothing = (plan: Plan): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => (step.creates === undefined ? step : { ...step, creates: [] })),
});
export const FAILED: Expected = { outcome: 'failed', step: 'failed', code: 'arm-operation-failed', taken: 1 };
/** The operation goes on behind: a person must look. */
export const STUCK: Expected = { outcome: 'stuck', step: 'stuck', taken: 1 };

/** A step waits so long in the trials of time-outs, and what it waits for takes longer by so much. */
export const TOO_SHORT = 'PT2S';
export const TOO_SLOW_MS = 5000;
/** Held so long, a request is aborted in the middle. */
export const HELD_MS = 400;

/** Two throttled reads, and two throttled requests of the step itself. `path`: the end of a resource id. */
export const stormOn = (method: string, path: string): Pick<Trial, 'attempts' | 'faults'> => ({
  attempts: 5,
  faults: [
    { fault: 'throttle', match: `${method} *${path}`, times: 2 },
    { fault: 'throttle', match: 'GET *', times: 2 },
  ],
});

type OperationWay = Exclude<Way, 'undone twice' | 'resource missing'>;

/** The ways of an action that starts one long-running operation of the twin. */
export function operationWays(method: string, path: string, ends: Partial<Record<OperationWay, Expected>> = {}) {
  const match = `${method} *${path}`;
  const way = (name: OperationWay, trial: Omit<Trial, 'expected'>, expected: Expected): Trial => ({
    ...trial,
    expected: ends[name] ?? expected,
  });
  const fault = (given: FaultInput) => ({ faults: [given] });
  return {
    'done twice': way('done twice', {}, TWICE),
    'aborted while running': way('aborted while running', {}, { ...PASSED, outcome: 'aborted' }),
    'reply lost after it started': way('reply lost after it started', fault({ fault: 'lost-reply', match }), PASSED),
    '429 storm': way('429 storm', stormOn(method, path), PASSED),
    'time-out': way(
      'time-out',
      { timeout: TOO_SHORT, ...fault({ fault: 'slow-operation', match, addMs: TOO_SLOW_MS }) },
      STUCK,
    ),
    'operation failing': way('operation failing', fault({ fault: 'failing-operation', match }), FAILED),
    'outside the scope': way('outside the scope', {}, OUTSIDE),
  } as const;
}
