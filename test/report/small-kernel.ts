// A kernel that believes its events: tests of measuring and judging say in events what happened, and need no machine for it.
import type { DrillEvent } from '../../src/model/events.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Kernel, StepStatus } from '../../src/statechart/kernel.ts';

interface State {
  readonly statuses: ReadonlyMap<string, StepStatus>;
  readonly aborted: boolean;
}

export function smallKernel(_plan: Plan, overrides: Readonly<Record<string, StepStatus>> = {}): Kernel<State> {
  return {
    initial: () => ({ state: { statuses: new Map(), aborted: false }, effects: [] }),
    decide: (state, event) => ({ effects: [], changed: true, adopt: () => after(state, event) }),
    view: ({ statuses, aborted }) => {
      const status = (step: string) => overrides[step] ?? statuses.get(step) ?? 'pending';
      const stuck = Object.keys(overrides).filter((step) => overrides[step] === 'stuck');
      return {
        phase: 'evaluation',
        status,
        attempt: () => 1,
        answered: () => [],
        undoAttempt: () => 0,
        path: 'success',
        stuck,
        aborted,
        paused: false,
        seen: false,
        planDigest: '',
        requestedBy: '',
        approvals: [],
        closed: false,
      };
    },
    open: () => [],
  };
}

function after(state: State, event: DrillEvent): State {
  if (event.type === 'abort.requested' || event.type === 'guardrail.tripped') return { ...state, aborted: true };
  const status = statusAfter(event);
  if (status === undefined || !('step' in event)) return state;
  return { ...state, statuses: new Map(state.statuses).set(event.step, status) };
}

function statusAfter(event: DrillEvent): StepStatus | undefined {
  if (event.type === 'step.succeeded') return 'succeeded';
  if (event.type === 'step.failed') return 'failed';
  if (event.type === 'undo.succeeded') return 'undone';
  if (event.type === 'step.inspected') return event.finding === 'done' ? 'succeeded' : 'inspecting';
  return event.type === 'step.started' ? 'starting' : undefined;
}
