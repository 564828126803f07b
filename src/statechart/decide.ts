// One event: which machine hears it, and what follows until everything is at rest.
import type { DrillEvent, EventOf } from '../model/events.ts';
import { canaryAnswer, pageAnswer, probeAnswer } from './compile.ts';
import type { Draft } from './draft.ts';
import type { DrillMachineEvent } from './drill-machine.ts';
import { mend } from './mend.ts';
import {
  approvalExpired,
  DECLARATION_TIMER,
  endApprovals,
  forgetDeferred,
  isApprovalTimer,
  PAUSABLE,
  takeApproval,
  takeDeclaration,
  takeDeferred,
  takeSight,
} from './people.ts';
import { act, DETECTION_TIMER, STABILITY_TIMER } from './phase-actions.ts';
import { isPaused, phaseOf, stateOf } from './phase-of.ts';
import { refuseImpossible } from './refuse-impossible.ts';
import { statusOf } from './run-state.ts';
import { StatechartError } from './statechart-error.ts';
import type { StepEvent } from './step-context.ts';
import { tell } from './steps.ts';
import { stopAtStuck, takeNextBack } from './undo.ts';

/** Works an event into the draft. Throws StatechartError when it cannot happen where the run stands. */
export function decideEvent(draft: Draft, event: DrillEvent): void {
  refuseImpossible(draft, event);
  if (event.type === 'step.skipped' || event.type === 'step.retried') mended(draft, event);
  else if (event.type === 'page.answered') pageAnswered(draft, event);
  else if ('step' in event) toStep(draft, event.step, stepEventOf(event));
  else if (event.type === 'timer.fired') timerFired(draft, event.timer);
  else if (event.type === 'approval.decided') toDrill(draft, takeApproval(draft, event));
  else if (event.type === 'disruption.seen') takeSight(draft);
  else if (event.type === 'probe.stable') answered(draft, probeAnswer(event.probe), { type: 'probe-stable' });
  else if (event.type === 'canary.survivors') canaryAnswered(draft, event.canary, true);
  else if (event.type === 'canary.unreadable') canaryAnswered(draft, event.canary, false);
  else {
    takeFacts(draft, event);
    const heard = drillEventOf(draft, event);
    if (heard !== undefined) toDrill(draft, heard);
  }
}

/** What is remembered of an event beside the machines. */
function takeFacts({ now }: Draft, event: DrillEvent): void {
  if (event.type === 'run.opened') {
    const { unattended, planDigest, requestedBy } = event;
    Object.assign(now, { opened: true, unattended, people: { ...now.people, planDigest, requestedBy } });
  }
  if (event.type === 'evaluation.finished' && stateOf(now.drill) === 'judging') now.outcome = event.outcome;
  if (event.type === 'run.reopened') Object.assign(now, { outcome: null, reopenedFor: event.for });
}

/** The drill machine's name for an event; undefined for readings and notes, which are for the report. */
function drillEventOf(draft: Draft, event: DrillEvent): DrillMachineEvent | undefined {
  const { now } = draft;
  switch (event.type) {
    case 'run.opened':
      return { type: 'opened' };
    case 'preflight.finished':
      return { type: event.ready ? 'ready' : 'refused' };
    case 'baseline.finished':
      return { type: event.held ? 'held' : 'not-held' };
    case 'declaration.made':
      return takeDeclaration(draft, event);
    case 'run.paused':
      return PAUSABLE.has(phaseOf(now.drill)) ? { type: 'pause' } : undefined;
    case 'run.continued':
      return { type: 'continue' };
    case 'abort.requested':
    case 'guardrail.tripped':
      // An abort that comes when everything is over has nothing left to abort.
      return phaseOf(now.drill) === 'evaluation' ? undefined : { type: 'abort' };
    case 'restoration.cleaned':
      return { type: 'cleaned' };
    case 'restoration.proved':
      return { type: 'proved' };
    case 'evaluation.finished':
      return { type: 'evaluated' };
    case 'run.closed':
      return { type: 'closed' };
    case 'run.reopened':
      return { type: event.for === 'restoration' ? 'restore' : 'judge-again' };
    default:
      return undefined;
  }
}

type OfStep = Extract<DrillEvent, { step: string }>;

/** The step machine's name for an event; the start of an undo is on record for people alone. */
function stepEventOf(event: OfStep): StepEvent | undefined {
  const { attempt } = event;
  switch (event.type) {
    case 'step.started':
      return { type: 'started', attempt };
    case 'step.accepted':
      return { type: 'accepted', attempt };
    case 'step.succeeded':
      return { type: 'succeeded', attempt };
    case 'step.interrupted':
      return { type: 'interrupted', attempt };
    case 'step.failed':
      return { type: 'failed', attempt, retryable: event.retryable, retryAfterMs: event.retryAfterMs };
    case 'step.inspected':
      return { type: 'inspected', attempt, finding: event.finding };
    case 'step.skipped':
    case 'step.retried':
    case 'page.answered':
    case 'undo.started':
    case 'child.ended':
      return undefined;
    case 'undo.succeeded':
      return { type: 'undo-succeeded', attempt };
    case 'undo.failed':
      return { type: 'undo-failed', attempt, retryable: event.retryable };
  }
}

function toStep(draft: Draft, id: string, event: StepEvent | undefined): void {
  const index = placeOf(draft, id);
  // In a pause nothing new is sent: the intent changes nothing, so that its request is not made.
  if (event === undefined || (event.type === 'started' && isPaused(draft.now.drill))) return;
  if (!tell(draft, index, event)) return;
  if (SENT.has(statusOf(draft.step(index)))) endApprovals(draft);
  if (draft.now.takingBack === index && statusOf(draft.step(index)) !== 'undoing') {
    stopAtStuck(draft, index);
    takeNextBack(draft);
  }
  rest(draft);
}

/** A person skips or retries a step: the phase may go on, or be over. */
function mended(draft: Draft, { type, step, attempt }: EventOf<'step.skipped' | 'step.retried'>): void {
  const index = placeOf(draft, step);
  if (draft.step(index).context.attempt !== attempt) return;
  if (!mend(draft, index, type === 'step.skipped' ? 'pass-over' : 'try-again')) return;
  if (stateOf(draft.now.drill) === 'verification') toDrill(draft, { type: 'mended' });
  rest(draft);
}

/** Each step of a page is answered once in an attempt, while people are asked. */
function pageAnswered(draft: Draft, { step, attempt, item }: EventOf<'page.answered'>): void {
  const index = placeOf(draft, step);
  const asked = SENT.has(statusOf(draft.step(index))) && draft.step(index).context.attempt === attempt;
  const known = draft.compiled.steps[index]?.page?.items[item - 1] !== undefined;
  if (asked && known) draft.remember(pageAnswer(step, attempt, item));
}

/** What was approved has begun. */
const SENT: ReadonlySet<string> = new Set(['starting', 'observing']);

function placeOf(draft: Draft, id: string): number {
  const index = draft.compiled.indexOf.get(id);
  if (index === undefined) throw new StatechartError('unknown-step', `expected a step of the plan, found ${id}`);
  return index;
}

function timerFired(draft: Draft, timer: string): void {
  if (!draft.hasTimer(timer)) return;
  draft.emit({ type: 'cancel-timer', timer });
  if (timer === DETECTION_TIMER || timer === DECLARATION_TIMER) toDrill(draft, { type: 'detection-timeout' });
  else if (isApprovalTimer(timer)) toDrill(draft, approvalExpired(draft, timer));
  else if (timer === STABILITY_TIMER) toDrill(draft, { type: 'stability-timeout' });
  else {
    const [kind, step = '', attempt] = timer.split(':');
    toStep(draft, step, { type: kind === 'retry' ? 'retry-due' : 'timed-out', attempt: Number(attempt) });
  }
}

function canaryAnswered(draft: Draft, canary: string, readable: boolean): void {
  answered(draft, canaryAnswer(canary), { type: 'canary-collected', readable });
}

/** Counts the answer of each probe and canary of the plan once, and only while recovery is verified. */
function answered(draft: Draft, answer: string, event: DrillMachineEvent): void {
  if (phaseOf(draft.now.drill) !== 'verification' || !draft.compiled.answers.has(answer)) return;
  if (draft.remember(answer)) toDrill(draft, event);
}

function toDrill(draft: Draft, event: DrillMachineEvent | undefined): void {
  if (event === undefined || takeDeferred(draft, event)) return;
  const actions = draft.sendToDrill(event);
  if (actions === undefined) return;
  for (const action of actions) act(draft, action);
  if (event.type === 'continue') moveOn(draft);
  else if (isPaused(draft.now.drill) && !PAUSABLE.has(phaseOf(draft.now.drill))) toDrill(draft, { type: 'overrule' });
  else if (!isPaused(draft.now.drill)) forgetDeferred(draft);
  rest(draft);
}

/** What would have ended the phase in the pause ends it now. */
function moveOn(draft: Draft): void {
  const { deferred } = draft.now.people;
  forgetDeferred(draft);
  for (const event of deferred) toDrill(draft, event);
}

/** Tells the drill machine when the steps, or the undoing, of its present state are over; that may begin the next one. */
function rest(draft: Draft): void {
  const state = stateOf(draft.now.drill);
  if (!WITH_STEPS.has(state) || draft.now.unsettled > 0 || draft.now.takingBack !== null) return;
  if (isPaused(draft.now.drill)) return;
  if (state === 'verification' && draft.now.drill.context.settled) return;
  toDrill(draft, { type: 'settled', failed: draft.now.phaseFailed });
}

const WITH_STEPS: ReadonlySet<string> = new Set([
  'disruption',
  'recovery',
  'verification',
  'looking',
  'ending',
  'undoing',
  'failback',
  'removing',
]);
