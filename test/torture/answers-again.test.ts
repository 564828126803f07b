// An answer that comes twice, however late: it is on record, and changes nothing.
import { describe, expect, it } from 'vitest';
import type { DrillEvent, EventType } from '../../src/model/events.ts';
import { createKernel } from '../../src/statechart/index.ts';
import type { RunState } from '../../src/statechart/run-state.ts';
import { NO_MISHAPS } from './mishaps.ts';
import { samples } from './sample-drills.ts';
import { tryDrill } from './trial.ts';

/** What comes from the world, or from work that may still be going on when its step is over. */
const ANSWERS: ReadonlySet<EventType> = new Set<EventType>([
  'step.accepted',
  'step.succeeded',
  'step.failed',
  'step.inspected',
  'step.interrupted',
  'undo.succeeded',
  'undo.failed',
  'probe.stable',
  'canary.survivors',
  'timer.fired',
]);

/** How the run stands for everybody who looks at it. */
const standing = (kernel: ReturnType<typeof createKernel>, state: RunState, steps: readonly string[]) => {
  const view = kernel.view(state);
  const { phase, path, stuck, aborted, closed } = view;
  return { phase, path, stuck, aborted, closed, steps: steps.map((id) => [id, view.status(id), view.attempt(id)]) };
};

describe('an answer that comes again', () => {
  it.each(samples)('changes nothing in $name, whenever it comes', async ({ plan }) => {
    const { events } = await tryDrill({ plan, mishaps: NO_MISHAPS });
    const kernel = createKernel(plan);
    const steps = plan.steps.map(({ id }) => id);
    let { state } = kernel.initial();
    const answered: DrillEvent[] = [];
    let repeated = 0;
    for (const event of events) {
      state = kernel.decide(state, event).adopt(state);
      if (ANSWERS.has(event.type)) answered.push(event);
      if (kernel.view(state).closed) break;
      const before = standing(kernel, state, steps);
      for (const answer of answered) {
        const { effects, changed, adopt } = kernel.decide(state, { ...answer, seq: event.seq + 1, at: event.at });
        const after = standing(kernel, adopt(state), steps);
        expect({ answer, effects, changed, after }).toEqual({ answer, effects: [], changed: false, after: before });
        repeated += 1;
      }
    }
    expect(repeated).toBeGreaterThan(answered.length);
  });
});
