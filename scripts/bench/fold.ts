import type { EventBody } from '../../src/model/events.ts';
import { planDigest } from '../../src/plan/digest.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import { createKernel, fold } from '../../src/statechart/index.ts';
import type { DrillEvent, Effect } from '../../src/statechart/kernel.ts';

const SEED = 20_261_121;
const NEEDS_MAX = 3;
/** A step needs some of the steps that stand so far before it at most: the graph is neither a chain nor flat. */
const REACH = 200;

/**
 * What the statechart alone costs, in milliseconds: `fold` decides and adopts each event of a drill of `steps` recovery steps while the
 * effects make the next ones; `replay` folds the recorded events again.
 */
export function benchFold(steps: number): {
  readonly events: number;
  readonly foldMs: number;
  readonly replayMs: number;
} {
  const plan = benchPlan(steps);
  const began = performance.now();
  const events = driven(plan);
  const folded = performance.now();
  const kernel = createKernel(plan);
  const { closed } = kernel.view(fold(kernel, events));
  const replayed = performance.now();
  if (!closed) throw new Error('expected a closed run, found one that is open');
  return { events: events.length, foldMs: folded - began, replayMs: replayed - folded };
}

/** The events of the whole run, each step done at once. */
export function driven(plan: Plan): readonly DrillEvent[] {
  const kernel = createKernel(plan);
  let { state } = kernel.initial();
  const events: DrillEvent[] = [];
  const open: EventBody[] = [openedOf(plan)];
  for (let index = 0; index < open.length; index += 1) {
    const body = open[index];
    if (body === undefined) break;
    const event = { ...body, seq: index + 1, at: index + 1 };
    const decision = kernel.decide(state, event);
    state = decision.adopt(state);
    events.push(event);
    for (const effect of decision.effects) open.push(...answer(effect));
  }
  return events;
}

export const openedOf = (plan: Plan): EventBody => ({
  type: 'run.opened',
  run: 'bench',
  drill: 'bench',
  planDigest: planDigest(plan),
  environment: { kind: 'twin', name: 'bench' },
  requestedBy: 'bench',
  unattended: true,
  rehearsal: false,
  tool: 'bench',
});

function answer(effect: Effect): readonly EventBody[] {
  switch (effect.type) {
    case 'preflight':
      return [{ type: 'preflight.finished', ready: true, findings: [] }];
    case 'hold-baseline':
      return [{ type: 'baseline.finished', held: true, findings: [], inventory: [] }];
    case 'send': {
      const at = { step: effect.step, attempt: effect.attempt };
      return [
        { type: 'step.started', ...at, requestId: '' },
        { type: 'step.succeeded', ...at, output: null },
      ];
    }
    case 'clean':
      return [{ type: 'restoration.cleaned', removed: [], leftOvers: [] }];
    case 'prove':
      return [{ type: 'restoration.proved', proved: true, differences: [], leftOvers: [] }];
    case 'evaluate':
      return [{ type: 'evaluation.finished', outcome: 'passed', reasons: [] }];
    case 'close':
      return [{ type: 'run.closed', outcome: effect.outcome }];
    default:
      return [];
  }
}

/** Recovery steps that need some of those before them. */
export function benchPlan(count: number): Plan {
  const random = generator(SEED);
  const needs = (index: number) =>
    Array.from({ length: random(NEEDS_MAX + 1) }, () => index - 1 - random(REACH)).filter((need) => need >= 0);
  const steps = Array.from({ length: count }, (_, index) => plannedStep(`step-${index}`, needs(index)));
  return {
    formatVersion: 1,
    drill: 'bench',
    title: 'Bench',
    exercise: 'component',
    mode: 'isolated',
    environment: { kind: 'twin', name: 'bench', tenant: '', subscription: '' },
    systems: [],
    objectives: [],
    resources: {},
    scope: [],
    approvals: { required: 0, roles: [], expiresMs: 0 },
    declaration: { automatic: true, roles: [] },
    probes: [],
    canaries: [],
    guardrails: [],
    steps,
    baselineMs: 0,
    detectionTimeoutMs: 1000,
    stabilityTimeoutMs: 1000,
    values: {},
    permissions: [],
  };
}

const plannedStep = (id: string, needs: readonly number[]): PlannedStep => ({
  id,
  phase: 'recovery',
  uses: 'bench/none',
  kind: 'write',
  with: {},
  needs: [...new Set(needs)].map((need) => `step-${need}`),
  timeoutMs: 1000,
  retry: { attempts: 1, backoffMs: 0, maximumMs: 0 },
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  writes: [],
  forecastMs: 0,
  criticalMs: 0,
});

/** Whole numbers below a bound, the same for the same seed: a linear congruential generator, good enough to shape a graph. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
