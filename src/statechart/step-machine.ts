// One step's statechart. Pure: `transition` gives the next snapshot and the names of actions, which become effects in step-effects.ts.
import { assign, type SnapshotFrom, setup } from 'xstate';
import type { Finding } from '../model/events.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { firstContext, type StepContext, type StepEvent } from './step-context.ts';

/** Taking back is idempotent, so it is tried a few times even where the step itself is not. */
const UNDO_ATTEMPTS_MIN = 3;

const machine = setup({
  types: { context: {} as StepContext, events: {} as StepEvent, input: {} as PlannedStep | undefined },
  actions: {
    send: () => {},
    observe: () => {},
    inspect: () => {},
    cancel: () => {},
    undo: () => {},
    startTimeout: () => {},
    cancelTimeout: () => {},
    startBackoff: () => {},
    cancelBackoff: () => {},
    nextAttempt: assign({ attempt: ({ context }) => context.attempt + 1, timedOut: false, reviewed: false }),
    allowOneMore: assign({ attempts: ({ context }) => context.attempts + 1 }),
    nextUndo: assign({ undoAttempt: ({ context }) => context.undoAttempt + 1 }),
    markUndo: assign({ undoBegun: true }),
    /** Attempts are numbered on, and counted anew. */
    renewUndo: assign({
      undoAttempt: ({ context }) => context.undoAttempt + (context.undoBegun ? 1 : 0),
      undoSpent: ({ context }) => (context.undoBegun ? context.undoAttempt : 0),
    }),
    beginReview: assign({ reviewed: true, timedOut: false, unknown: false }),
    renewFailed: assign({
      attempt: ({ context }) => context.attempt + 1,
      attempts: ({ context }) => context.attempt + context.budget,
      timedOut: false,
      reviewed: false,
    }),
    markSent: assign({ sent: true, unknown: false }),
    markTaken: assign({ taken: ({ context }) => context.sent }),
    markTried: assign({ tried: true }),
    markPassedOver: assign({ passedOver: true }),
    markUnknown: assign({ unknown: true }),
    renewAttempt: assign({
      attempt: ({ context }) => context.attempt + (context.tried ? 1 : 0),
      attempts: ({ context }) => context.attempts + (context.tried ? 1 : 0),
      timedOut: false,
    }),
    markTimedOut: assign({ timedOut: true }),
  },
  guards: {
    current: ({ context, event }) => 'attempt' in event && event.attempt === context.attempt,
    currentUndo: ({ context, event }) => 'attempt' in event && event.attempt === context.undoAttempt,
    currentCheck: ({ context, event }) =>
      'attempt' in event && event.attempt === context.attempt && context.kind === 'check',
    check: ({ context }) => context.kind === 'check',
    passedOver: ({ context }) => context.passedOver,
    notPassedOver: ({ context }) => !context.passedOver,
    asks: ({ context }) => context.asks,
    undoFailed: ({ context }) => context.undoBegun,
    notTakenBack: ({ context }) => !context.undoBegun,
    leftBehind: ({ context }) => (context.creates && context.sent) || mayDisrupt(context),
    again: ({ context, event }) =>
      event.type === 'failed' &&
      event.attempt === context.attempt &&
      event.retryable &&
      !context.reviewed &&
      context.attempt < context.attempts,
    undoAgain: ({ context, event }) =>
      event.type === 'undo-failed' &&
      event.attempt === context.undoAttempt &&
      event.retryable &&
      context.undoAttempt - context.undoSpent < Math.max(UNDO_ATTEMPTS_MIN, context.attempts),
    done: ({ context, event }) => found(context, event, 'done'),
    running: ({ context, event }) => found(context, event, 'running') && !context.timedOut,
    runningTooLong: ({ context, event }) => found(context, event, 'running') && context.timedOut,
    notStartedAgain: ({ context, event }) =>
      found(context, event, 'not-started') && !context.reviewed && context.attempt < context.attempts,
    notStarted: ({ context, event }) => found(context, event, 'not-started'),
    unknown: ({ context, event }) => found(context, event, 'unknown'),
  },
});

const found = (context: StepContext, event: StepEvent, finding: Finding) =>
  event.type === 'inspected' && event.attempt === context.attempt && event.finding === finding;

/** What a disruption sent may stand, though the step did not succeed: nobody can tell, or it failed after the service had taken it. */
export const mayDisrupt = ({ endable, sent, taken, unknown }: StepContext): boolean =>
  endable && sent && (taken || unknown);

export const stepMachine = machine.createMachine({
  id: 'step',
  context: ({ input }) => firstContext(input),
  initial: 'pending',
  states: {
    pending: {
      on: {
        // It keeps its place: what needs it still waits for what it needs.
        ready: [{ guard: 'passedOver', target: 'skipped' }, { target: 'ready' }],
        skip: 'skipped',
        abort: 'skipped',
        'pass-over': { guard: 'notPassedOver', actions: 'markPassedOver' },
      },
    },
    ready: {
      entry: 'send',
      on: {
        started: { guard: 'current', target: 'starting', actions: 'markSent' },
        inspected: [
          { guard: 'done', target: 'succeeded' },
          { guard: 'running', target: 'observing', actions: ['startTimeout', 'observe'] },
          { guard: 'unknown', target: 'stuck' },
        ],
        failed: [
          { guard: 'again', target: 'waiting' },
          { guard: 'current', target: 'failed' },
        ],
        'pass-over': { target: 'skipped', actions: ['markPassedOver', 'cancel'] },
        // It may stand in the queue, or be looked at: that work is told to stop.
        skip: { target: 'skipped', actions: ['markTried', 'cancel'] },
        abort: { target: 'skipped', actions: 'cancel' },
      },
    },
    starting: {
      entry: 'startTimeout',
      on: {
        accepted: { guard: 'current', target: 'observing', actions: 'markTaken' },
        succeeded: { guard: 'current', target: 'succeeded', actions: 'cancelTimeout' },
        failed: [
          { guard: 'again', target: 'waiting', actions: 'cancelTimeout' },
          { guard: 'current', target: 'failed', actions: 'cancelTimeout' },
        ],
        interrupted: { guard: 'current', target: 'inspecting' },
        'timed-out': [
          { guard: 'currentCheck', target: 'failed', actions: 'cancel' },
          { guard: 'current', target: 'inspecting', actions: ['markTimedOut', 'cancel'] },
        ],
        'pass-over': { guard: 'asks', target: 'skipped', actions: ['markPassedOver', 'cancelTimeout', 'cancel'] },
        // A resumed run looks before anything else: its intent is on record and no answer.
        inspected: [
          { guard: 'done', target: 'succeeded', actions: 'cancelTimeout' },
          { guard: 'running', target: 'observing', actions: ['markTaken', 'observe'] },
          // The process ended between the intent and the request: nothing was sent, so it costs no attempt of the step's.
          { guard: 'notStarted', target: 'ready', actions: ['cancelTimeout', 'nextAttempt', 'allowOneMore'] },
          { guard: 'unknown', target: 'stuck', actions: 'cancelTimeout' },
        ],
        abort: { guard: 'check', target: 'skipped', actions: ['cancelTimeout', 'cancel'] },
      },
    },
    observing: {
      on: {
        'pass-over': { guard: 'asks', target: 'skipped', actions: ['markPassedOver', 'cancelTimeout', 'cancel'] },
        succeeded: { guard: 'current', target: 'succeeded', actions: 'cancelTimeout' },
        failed: [
          { guard: 'again', target: 'waiting', actions: 'cancelTimeout' },
          { guard: 'current', target: 'failed', actions: 'cancelTimeout' },
        ],
        interrupted: { guard: 'current', target: 'inspecting' },
        'timed-out': [
          { guard: 'currentCheck', target: 'failed', actions: 'cancel' },
          { guard: 'current', target: 'inspecting', actions: ['markTimedOut', 'cancel'] },
        ],
        abort: { guard: 'check', target: 'skipped', actions: ['cancelTimeout', 'cancel'] },
      },
    },
    inspecting: {
      entry: 'inspect',
      on: {
        inspected: [
          { guard: 'done', target: 'succeeded', actions: 'cancelTimeout' },
          { guard: 'running', target: 'observing', actions: ['markTaken', 'observe'] },
          { guard: 'runningTooLong', target: 'stuck' },
          { guard: 'notStartedAgain', target: 'ready', actions: ['cancelTimeout', 'nextAttempt'] },
          { guard: 'notStarted', target: 'failed', actions: 'cancelTimeout' },
          { guard: 'unknown', target: 'stuck', actions: 'cancelTimeout' },
        ],
        'timed-out': { guard: 'current', actions: 'markTimedOut' },
        abort: { guard: 'check', target: 'skipped', actions: 'cancelTimeout' },
      },
    },
    waiting: {
      entry: 'startBackoff',
      on: {
        'retry-due': { guard: 'current', target: 'ready', actions: 'nextAttempt' },
        'try-again': { target: 'ready', actions: ['cancelBackoff', 'nextAttempt'] },
        'pass-over': { target: 'skipped', actions: ['markPassedOver', 'cancelBackoff'] },
        skip: { target: 'skipped', actions: ['markTried', 'cancelBackoff'] },
        abort: { target: 'skipped', actions: 'cancelBackoff' },
      },
    },
    succeeded: { on: { undo: 'undoing' } },
    undoing: {
      entry: ['markUndo', 'undo'],
      on: {
        'undo-succeeded': { guard: 'currentUndo', target: 'undone' },
        'undo-failed': [
          { guard: 'undoAgain', target: 'undoing', reenter: true, actions: 'nextUndo' },
          { guard: 'currentUndo', target: 'stuck' },
        ],
      },
    },
    // A creation or a disruption that failed can leave something behind; taking it back is idempotent and removes the run's own alone.
    failed: {
      on: {
        'try-again': { target: 'ready', actions: ['nextAttempt', 'allowOneMore'] },
        'pass-over': { target: 'skipped', actions: 'markPassedOver' },
        undo: { guard: 'leftBehind', target: 'undoing' },
        renew: { target: 'pending', actions: 'renewFailed' },
      },
    },
    // It may have been sent before, and waited for its next attempt.
    skipped: {
      on: {
        revive: { guard: 'notPassedOver', target: 'pending', actions: 'renewAttempt' },
        undo: { guard: 'leftBehind', target: 'undoing' },
      },
    },
    undone: {},
    // A disruption or a creation of which nobody can tell whether it took effect is ended all the same: ending it is idempotent.
    stuck: {
      entry: 'markUnknown',
      on: {
        undo: [
          { guard: 'leftBehind', target: 'undoing', actions: 'renewUndo' },
          { guard: 'undoFailed', target: 'undoing', actions: 'renewUndo' },
        ],
        review: { guard: 'notTakenBack', target: 'inspecting', actions: ['beginReview', 'startTimeout'] },
        'try-again': { target: 'ready', actions: ['nextAttempt', 'allowOneMore'] },
        'pass-over': { target: 'skipped', actions: 'markPassedOver' },
      },
    },
  },
});

export type StepSnapshot = SnapshotFrom<typeof stepMachine>;
