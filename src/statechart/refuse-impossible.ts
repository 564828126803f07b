// Late is not impossible: an answer to a question that was left changes nothing, an answer to one that was never asked is a bug or a forgery.
import type { DrillEvent } from '../model/events.ts';
import type { Draft } from './draft.ts';
import { phaseOf } from './phase-of.ts';
import { statusOf } from './run-state.ts';
import { StatechartError } from './statechart-error.ts';
import type { StepSnapshot } from './step-machine.ts';

/** Throws StatechartError `impossible-event` or `unknown-step` for an event that cannot happen where the run stands. */
export function refuseImpossible(draft: Draft, event: DrillEvent): void {
  const why =
    reasonOfRun(draft, event) ?? ('step' in event ? reasonOfStep(stepOf(draft, event.step), event) : undefined);
  if (why !== undefined) throw new StatechartError('impossible-event', `${event.type} (event ${event.seq}) ${why}`);
}

function reasonOfRun({ now, compiled: { plan } }: Draft, event: DrillEvent): string | undefined {
  if (!now.opened && event.type !== 'run.opened') return 'came before run.opened';
  if (now.opened && event.type === 'run.opened') return 'came twice';
  const isClosed = phaseOf(now.drill) === 'closed';
  if (isClosed !== (event.type === 'run.reopened'))
    return isClosed ? 'came after run.closed' : 'came before run.closed';
  if (event.type === 'run.reopened' && event.for === 'restoration' && now.outcome !== 'stuck')
    return `came for restoration, and the run ended ${now.outcome}: only a stuck one has something left to restore`;
  if (SAID.has(event.type) && !isHeard(now)) return 'came when the run was being judged already';
  if (event.type === 'run.closed' && now.outcome !== null && event.outcome !== now.outcome)
    return `names another outcome than the run was judged to have: expected ${now.outcome}, found ${event.outcome}`;
  const needsPeople =
    event.type === 'approval.decided' || (event.type === 'declaration.made' && !plan.declaration.automatic);
  if (needsPeople && event.automatic && !now.unattended)
    return 'is automatic, and the run was not opened as unattended';
  return undefined;
}

/** What people say of a run, for its evaluation alone. */
const SAID: ReadonlySet<string> = new Set(['resource.accepted', 'attestation.given']);

/** Until the run is judged; of one that was taken up again for it, until the new judgement stands. */
const isHeard = ({ drill, reopenedFor, outcome }: Draft['now']): boolean =>
  phaseOf(drill) !== 'evaluation' || (reopenedFor === 'evaluation' && outcome === null);

type OfStep = Extract<DrillEvent, { step: string }>;

function stepOf(draft: Draft, id: string): StepSnapshot {
  const index = draft.compiled.indexOf.get(id);
  if (index === undefined) throw new StatechartError('unknown-step', `expected a step of the plan, found ${id}`);
  return draft.step(index);
}

function reasonOfStep(snapshot: StepSnapshot, event: OfStep): string | undefined {
  const status = statusOf(snapshot);
  const undo = event.type.startsWith('undo.');
  const asked = undo ? snapshot.context.undoAttempt : snapshot.context.attempt;
  if (event.attempt > asked) return `names attempt ${event.attempt} of step ${event.step}, expected at most ${asked}`;
  if (undo && !TAKEN_BACK.has(status)) return `came for step ${event.step}, which nobody takes back: it is ${status}`;
  if (!undo && status === 'pending' && event.attempt >= asked && event.type !== 'step.skipped')
    return `came for step ${event.step}, which was never sent`;
  // The intent is on record before the request leaves, so nothing can be heard of a request without one.
  if (status === 'ready' && event.attempt === asked && AFTER_INTENT.has(event.type))
    return `came for attempt ${asked} of step ${event.step}, of which no step.started is on record`;
  return undefined;
}

const TAKEN_BACK: ReadonlySet<string> = new Set(['undoing', 'undone', 'stuck']);
const AFTER_INTENT: ReadonlySet<string> = new Set(['step.accepted', 'step.succeeded', 'step.interrupted']);
