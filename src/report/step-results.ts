// Steps and checks as result.json lists them.
import { formatInstant } from '../model/clock.ts';
import type { Check } from '../model/events.ts';
import type { DrillResult } from '../model/result.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { StepStatus } from '../statechart/kernel.ts';
import type { RunFacts } from './run-facts.ts';
import { hasJudged, recordOf, type StepRecord } from './step-log.ts';
import { timedOutText } from './timed-out.ts';

type StepResult = DrillResult['steps'][number];
type CheckResult = DrillResult['checks'][number];

export function stepResults({ plan, view, steps }: RunFacts): readonly StepResult[] {
  return plan.steps.map(({ id, phase, uses, timeoutMs }) => {
    const record = recordOf(steps, id);
    const { attempts, startedAt, timedOutAt } = record;
    const endedAt = endOf(record);
    return {
      id,
      phase,
      action: uses,
      status: endStatus(view.status(id)),
      attempts,
      startedAt: startedAt === null ? null : formatInstant(startedAt),
      endedAt: endedAt === null ? null : formatInstant(endedAt),
      durationMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
      ...(timedOutAt !== null && { timedOutAfterMs: timeoutMs }),
    };
  });
}

/** The answer to the last attempt; of one that timed out, when it was given up. */
export const endOf = ({ endedAt, timedOutAt }: StepRecord): number | null => timedOutAt ?? endedAt;

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

/** Every check of the plan, those that were never answered, or never judged, included: they have not passed. */
export function checkResults({ plan, steps }: RunFacts): readonly CheckResult[] {
  return plan.steps
    .filter(({ kind }) => kind === 'check')
    .map((step) => {
      const record = recordOf(steps, step.id);
      return { id: step.id, passed: record.ended === 'succeeded' && hasJudged(step, record), ...judged(step, record) };
    });
}

function judged(step: PlannedStep, record: StepRecord): Check {
  const { check, ended, error, timedOutAt } = record;
  if (check !== null && timedOutAt === null) return check;
  const expected = check?.expected ?? `an answer of ${step.uses}`;
  if (ended === 'succeeded') return { expected, observed: 'answered without a value' };
  const observed = timedOutText(step, record) ?? (error === null ? 'not run' : `${error.code}: ${error.message}`);
  return { expected, observed };
}
