import type { Plan } from '../plan/plan.ts';
import { type Compiled, canaryAnswer, compile, pageAnswer, probeAnswer } from './compile.ts';
import { decideEvent } from './decide.ts';
import { createDraft } from './draft.ts';
import type { Effect, Kernel, RunView, StepStatus } from './kernel.ts';
import { STABILITY_TIMER } from './phase-actions.ts';
import { isPaused, phaseOf, stateOf } from './phase-of.ts';
import { initialState, type RunState, statusOf } from './run-state.ts';
import type { StepSnapshot } from './step-machine.ts';

/** Compiles a plan's statechart. `adopt` changes the state in place: a decision costs what it touches, not what the drill holds. */
export function createKernel(plan: Plan): Kernel<RunState> {
  const compiled = compile(plan);
  return {
    initial: () => ({ state: initialState(compiled), effects: [] }),
    decide: (state, event) => {
      const draft = createDraft(compiled, state, event.at);
      decideEvent(draft, event);
      return { effects: draft.effects(), changed: draft.changed(), adopt: draft.adopt };
    },
    view: (state) => viewOf(compiled, state),
    open: (state) => openEffects(compiled, state),
  };
}

function viewOf(compiled: Compiled, state: RunState): RunView {
  const { steps, indexOf } = compiled;
  const of = (id: string): StepSnapshot | undefined => state.steps[indexOf.get(id) ?? -1];
  const phase = phaseOf(state.drill);
  return {
    phase,
    status: (id) => statusIn(of(id)),
    attempt: (id) => of(id)?.context.attempt ?? 0,
    answered: (id) => answeredItems(compiled, state, id),
    undoAttempt: (id) => of(id)?.context.undoAttempt ?? 0,
    get stuck() {
      return steps.filter((_, index) => statusIn(state.steps[index]) === 'stuck').map(({ id }) => id);
    },
    aborted: (state.drill.value as { readonly control: string }).control === 'aborting',
    paused: isPaused(state.drill),
    seen: state.people.seen,
    planDigest: state.people.planDigest,
    requestedBy: state.people.requestedBy,
    approvals: state.people.approvals,
    path: state.drill.context.path,
    closed: phase === 'closed',
  };
}

function answeredItems({ steps, indexOf }: Compiled, { answered, steps: snapshots }: RunState, id: string) {
  const index = indexOf.get(id) ?? -1;
  const attempt = snapshots[index]?.context.attempt ?? 0;
  const items = steps[index]?.page?.items.map((_, place) => place + 1) ?? [];
  return items.filter((item) => answered.has(pageAnswer(id, attempt, item)));
}

const statusIn = (snapshot: StepSnapshot | undefined): StepStatus =>
  snapshot === undefined ? 'pending' : statusOf(snapshot);

/** What was asked for and is not answered: the phase's own effects, each step's work, and every timer with its first deadline. */
function openEffects({ plan, steps }: Compiled, state: RunState): readonly Effect[] {
  if (!state.opened) return [];
  const ofSteps = steps.flatMap(({ id }, index) => stepEffects(id, state.steps[index]));
  const timers = [...state.timers].map(([timer, deadline]): Effect => ({ type: 'timer', timer, deadline }));
  const { phase, answered, outcome } = {
    phase: stateOf(state.drill),
    answered: state.answered,
    outcome: state.outcome,
  };
  // A stability timer that has fired means that probes are not waited for any longer.
  const unstable = state.timers.has(STABILITY_TIMER) && plan.probes.some(({ id }) => !answered.has(probeAnswer(id)));
  const uncollected = plan.canaries.some(({ id }) => !answered.has(canaryAnswer(id)));
  const verification: Effect[] = [
    ...(unstable ? [{ type: 'await-stability' } as const] : []),
    ...(uncollected ? [{ type: 'collect-canaries' } as const] : []),
  ];
  const own: Readonly<Record<string, readonly Effect[]>> = {
    preflight: [{ type: 'preflight' }],
    approval: [{ type: 'ask-approval' }],
    baseline: [{ type: 'hold-baseline' }],
    declaration: [{ type: 'await-declaration' }],
    verification,
    cleaning: [{ type: 'clean' }],
    proving: [{ type: 'prove' }],
    judging: [{ type: 'observe-end' }, { type: 'evaluate' }],
    closing: outcome === null ? [] : [{ type: 'close', outcome }],
  };
  return [...(isObserved(phase) ? [{ type: 'observe' } as const] : []), ...(own[phase] ?? []), ...ofSteps, ...timers];
}

const UNOBSERVED: ReadonlySet<string> = new Set(['preflight', 'approval', 'judging', 'closing', 'closed']);
const isObserved = (state: string) => !UNOBSERVED.has(state);

function stepEffects(step: string, snapshot: StepSnapshot | undefined): readonly Effect[] {
  if (snapshot === undefined) return [];
  const { attempt, undoAttempt } = snapshot.context;
  switch (statusOf(snapshot)) {
    case 'ready':
      return [{ type: 'send', step, attempt }];
    case 'starting':
    case 'inspecting':
      return [{ type: 'inspect', step, attempt }];
    case 'observing':
      return [{ type: 'observe-step', step, attempt }];
    case 'undoing':
      return [{ type: 'undo', step, attempt: undoAttempt }];
    default:
      return [];
  }
}
