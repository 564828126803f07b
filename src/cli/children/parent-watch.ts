// What a parent's events mean for its children: an abort and a pause of the parent hold for them too.
import type { DrillEvent, EventOf } from '../../model/events.ts';
import type { GivenApproval } from '../../plan/people-rules.ts';
import type { Plan } from '../../plan/plan.ts';
import { createKernel } from '../../statechart/index.ts';

/** A parent as it stands after its newest event. */
export interface ParentWatch {
  readonly take: (event: DrillEvent) => void;
  /** Why it is being aborted; undefined while it is not. */
  readonly aborted: () => string | undefined;
  /** Who holds it, and why; undefined while nobody does. */
  readonly paused: () => { readonly as: string; readonly reason: string } | undefined;
  /** When the step's last intent was put on record, epoch ms. */
  readonly startedAt: (step: string) => number | undefined;
  /** How it took the end of a child; undefined: that is not on its record. */
  readonly childEnd: (run: string) => EventOf<'child.ended'> | undefined;
  /** Those that count. */
  readonly approvals: () => readonly GivenApproval[];
  readonly requestedBy: () => string;
}

/** Folds the parent's events as its own machine does, so that only what counts there counts for its children. */
export function watchParent(plan: Plan): ParentWatch {
  const kernel = createKernel(plan);
  let { state } = kernel.initial();
  let abort = '';
  let pause = { as: '', reason: '' };
  const started = new Map<string, number>();
  const ended = new Map<string, EventOf<'child.ended'>>();
  return {
    take: (event) => {
      state = kernel.decide(state, event).adopt(state);
      if (event.type === 'abort.requested') abort ||= `${event.as}: ${event.reason}`;
      if (event.type === 'guardrail.tripped') abort ||= `guardrail ${event.guardrail}: ${event.reading}`;
      if (event.type === 'run.paused') pause = { as: event.as, reason: event.reason };
      if (event.type === 'step.started') started.set(event.step, event.at);
      if (event.type === 'child.ended') ended.set(event.run, event);
    },
    aborted: () => (kernel.view(state).aborted ? abort : undefined),
    paused: () => (kernel.view(state).paused ? pause : undefined),
    startedAt: (step) => started.get(step),
    childEnd: (run) => ended.get(run),
    approvals: () => kernel.view(state).approvals.filter(({ expired }) => !expired),
    requestedBy: () => kernel.view(state).requestedBy,
  };
}
