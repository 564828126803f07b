// What of a run still stands or is at work, for whoever leaves it now.
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { RunView, StepStatus } from '../statechart/kernel.ts';

const AT_WORK: ReadonlySet<StepStatus> = new Set<StepStatus>(['starting', 'observing', 'inspecting']);

/** A line for each step, in the order of the plan. Empty when nothing was disrupted, created or moved. */
export function whatIsLeft(plan: Plan, view: RunView): readonly string[] {
  const isMoved = plan.steps.some(({ id, phase }) => phase === 'recovery' && view.status(id) === 'succeeded');
  return plan.steps.flatMap((step) => lineOf(step, view.status(step.id), isMoved) ?? []);
}

function lineOf(step: PlannedStep, status: StepStatus, isMoved: boolean): string | undefined {
  const { id, phase, undo, creates, kind } = step;
  const on = step.writes.length === 0 ? '' : ` on ${step.writes.join(', ')}`;
  if (status === 'undoing') return `step ${id} is being taken back${on}`;
  if (status === 'stuck') return `step ${id} is stuck${on}`;
  if (AT_WORK.has(status) && kind !== 'check') return `step ${id} is at work${on}`;
  if (phase === 'restoration')
    return isMoved && status !== 'succeeded' ? `step ${id} has not brought things back${on}` : undefined;
  if (status !== 'succeeded') return undefined;
  if (creates !== undefined) return `what step ${id} created stands: ${creates.join(', ')}`;
  return phase === 'disruption' && undo === 'reversible' ? `the disruption of step ${id} stands${on}` : undefined;
}
