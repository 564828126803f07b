// Steps and checks as result.json lists them.
import { formatInstant } from '../model/clock.ts';
import type { Check } from '../model/events.ts';
import type { DrillResult } from '../model/result.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { StepStatus } from '../statechart/kernel.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf, type StepRecord } from './step-log.ts';

type StepResult = DrillResult['steps'][number];
type CheckResult = DrillResult['checks'][number];

export function stepResults({ plan, view, steps }: RunFacts): readonly StepResult[] {
  return plan.steps.map(({ id, phase, uses }) => {
    const { attempts, startedAt, endedAt } = recordOf(steps, id);
    return {
      id,
      phase,
      action: uses,
      status: endStatus(view.status(id)),
      attempts,
      startedAt: startedAt === null ? null : formatInstant(startedAt),
      endedAt: endedAt === null ? null : formatInstant(endedAt),
      durationMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
    };
  });
}

/** A run that ended leaves no step under way; in one that was cut off, what became of such a step is unknown. */
export function endStatus(status: StepStatus): StepResult['status'] {
  switch (status) {
    case 'pending':
    case 'ready':
      return 'not-started';
    case 'starting':
    case 'observing':
    case 'inspecting':
    case 'undoing':
      return 'stuck';
    case 'waiting':
      return 'failed';
    default:
      return status;
  }
}

/** Every check of the plan, those that were never answered included: they have not passed. */
export function checkResults({ plan, steps }: RunFacts): readonly CheckResult[] {
  return plan.steps
    .filter(({ kind }) => kind === 'check')
    .map((step) => {
      const record = recordOf(steps, step.id);
      return { id: step.id, passed: record.ended === 'succeeded', ...(record.check ?? unjudged(step, record)) };
    });
}

function unjudged({ uses }: PlannedStep, { ended, error }: StepRecord): Check {
  const expected = `an answer of ${uses}`;
  if (ended === 'succeeded') return { expected, observed: 'answered without a value' };
  return { expected, observed: error === null ? 'not run' : `${error.code}: ${error.message}` };
}
