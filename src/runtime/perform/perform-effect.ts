// Which effect is performed where. One small file for each family.
import assert from 'node:assert/strict';
import type { PlannedStep } from '../../plan/plan.ts';
import type { Effect } from '../../statechart/kernel.ts';
import { takeCommands } from '../inbox.ts';
import { awaitStability } from '../observers/stability.ts';
import type { Run } from '../run.ts';
import { askApproval } from './approval.ts';
import { holdBaseline } from './baseline.ts';
import { clean } from './clean.ts';
import { collectCanaries } from './collect-canaries.ts';
import { awaitDeclaration } from './declaration.ts';
import { evaluate } from './evaluate.ts';
import { inspectStep } from './inspect-step.ts';
import { observeStep } from './observe-step.ts';
import { preflight } from './preflight.ts';
import { prove } from './prove.ts';
import { sendStep } from './send-step.ts';
import { undoStep } from './undo-step.ts';

/** Performs one effect; resolves when its last event is durable. Rejects only when the engine itself fails. */
export async function performEffect(run: Run, effect: Effect): Promise<void> {
  switch (effect.type) {
    case 'preflight':
      return preflight(run);
    case 'ask-approval':
      return askApproval(run);
    case 'observe':
      return run.observers.start();
    case 'hold-baseline':
      return holdBaseline(run);
    case 'await-declaration':
      return awaitDeclaration(run);
    case 'send':
      return sendStep(run, stepOf(run, effect.step), effect.attempt);
    case 'observe-step':
      return observeStep(run, stepOf(run, effect.step), effect.attempt);
    case 'inspect':
      return inspectStep(run, stepOf(run, effect.step), effect.attempt);
    case 'cancel':
      return run.stops.get(effect.step)?.abort();
    case 'undo':
      return undoStep(run, stepOf(run, effect.step), effect.attempt);
    case 'timer':
      return run.timers.set(effect.timer, effect.deadline);
    case 'cancel-timer':
      return run.timers.cancel(effect.timer);
    case 'await-stability':
      return awaitStability(run);
    case 'collect-canaries':
      return collectCanaries(run);
    case 'observe-end':
      return run.observers.close();
    case 'clean':
      return clean(run);
    case 'prove':
      return prove(run);
    case 'evaluate':
      return evaluate(run);
    case 'close':
      // Whoever asked for an abort just now finds it on record, although it is too late.
      await takeCommands(run);
      await run.submit({ type: 'run.closed', outcome: effect.outcome });
  }
}

function stepOf(run: Run, id: string): PlannedStep {
  const step = run.steps.get(id);
  assert(step !== undefined, `the machine asks for step ${id}, which is not in the plan`);
  return step;
}
