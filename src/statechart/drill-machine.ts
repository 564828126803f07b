// The drill's statechart: phases, and beside them a control region that listens for a pause and an abort. Counters only; steps have their own machines.
import { assign, type SnapshotFrom, setup } from 'xstate';
import type { Plan } from '../plan/plan.ts';

/** Which way restoration goes: `refused` never disrupted anything. */
export type Path = 'success' | 'failure' | 'abort' | 'refused';

export interface DrillContext {
  readonly approvalsNeeded: number;
  readonly disrupts: boolean;
  readonly probesOpen: number;
  readonly canariesOpen: number;
  /** Every step of the present phase is settled. */
  readonly settled: boolean;
  /** A probe or a canary of the present phase failed; a step of it did. */
  readonly failed: boolean;
  readonly stepsFailed: boolean;
  /** People hold the run: no phase ends, except into restoration. */
  readonly paused: boolean;
  readonly path: Path | null;
}

export type DrillMachineEvent =
  | {
      readonly type:
        | 'opened'
        | 'ready'
        | 'refused'
        | 'approved'
        | 'approved-for-all'
        | 'approval-expired'
        | 'declined'
        | 'held'
        | 'not-held';
    }
  | {
      readonly type:
        | 'declared'
        | 'detection-timeout'
        | 'stability-timeout'
        | 'probe-stable'
        | 'cleaned'
        | 'proved'
        | 'evaluated'
        | 'closed'
        | 'pause'
        | 'continue'
        /** Restoration began: it waits for nobody. */
        | 'overrule'
        /** The closed run is taken up again, to restore what is left or to be judged once more. */
        | 'restore'
        | 'judge-again'
        | 'abort';
    }
  | { readonly type: 'canary-collected'; readonly readable: boolean }
  /** A person skips or retries a step of a phase whose steps were settled. */
  | { readonly type: 'mended' }
  /** All steps of the phase are settled, or all undoing of a restoration state is over. */
  | { readonly type: 'settled'; readonly failed: boolean };

const machine = setup({
  types: { context: {} as DrillContext, events: {} as DrillMachineEvent, input: {} as Plan | undefined },
  actions: {
    preflight: () => {},
    askApproval: () => {},
    /** Approvals were used, or are not needed any more: they expire no longer. */
    endApprovals: () => {},
    observe: () => {},
    holdBaseline: () => {},
    beginDisruption: () => {},
    awaitDeclaration: () => {},
    startDetection: () => {},
    cancelDetection: () => {},
    beginRecovery: () => {},
    beginVerification: () => {},
    collectCanaries: () => {},
    startStability: () => {},
    cancelStability: () => {},
    /** Nothing new is sent; what was sent settles. */
    drain: () => {},
    /** What nobody could tell of is looked at again before anything is taken back. */
    lookAgain: () => {},
    /** Nothing was sent and nothing will be. */
    drop: () => {},
    endDisruption: () => {},
    undoRecovery: () => {},
    beginFailback: () => {},
    /** What the drill created goes on every way through restoration. */
    removeCreated: () => {},
    clean: () => {},
    prove: () => {},
    observeEnd: () => {},
    evaluate: () => {},
    close: () => {},
    countApproval: assign({ approvalsNeeded: ({ context }) => context.approvalsNeeded - 1 }),
    uncountApproval: assign({ approvalsNeeded: ({ context }) => context.approvalsNeeded + 1 }),
    hold: assign({ paused: true }),
    release: assign({ paused: false }),
    countProbe: assign({ probesOpen: ({ context }) => context.probesOpen - 1 }),
    countCanary: assign({
      canariesOpen: ({ context }) => context.canariesOpen - 1,
      failed: ({ context, event }) => context.failed || (event.type === 'canary-collected' && !event.readable),
    }),
    giveUpProbes: assign({ probesOpen: 0, failed: true }),
    beginSteps: assign({ settled: false, failed: false, stepsFailed: false }),
    noteSettled: assign({
      settled: true,
      stepsFailed: ({ event }) => event.type === 'settled' && event.failed,
    }),
    noteMended: assign({ settled: false, stepsFailed: false }),
    takeSuccess: assign({ path: 'success' }),
    takeFailure: assign({ path: 'failure' }),
    takeAbort: assign({ path: 'abort' }),
    takeRefusal: assign({ path: 'refused' }),
  },
  guards: {
    nothingToApprove: ({ context }) => context.approvalsNeeded <= 0,
    lastApproval: ({ context }) => context.approvalsNeeded <= 1,
    disrupts: ({ context }) => context.disrupts,
    notAborted: ({ context }) => context.path !== 'abort',
    aborted: ({ context }) => context.path === 'abort',
    refused: ({ context }) => context.path === 'refused',
    settledFailed: ({ context, event }) => context.path !== 'abort' && event.type === 'settled' && event.failed,
    verifiedAborted: ({ context }) => context.settled && context.path === 'abort',
    verifiedFailed: ({ context }) => verified(context) && (context.failed || context.stepsFailed),
    verified: ({ context }) => verified(context),
  },
});

const verified = ({ settled, probesOpen, canariesOpen, paused }: DrillContext) =>
  !paused && settled && probesOpen <= 0 && canariesOpen <= 0;

export const drillMachine = machine.createMachine({
  id: 'drill',
  context: ({ input }) => ({
    approvalsNeeded: input?.approvals.required ?? 0,
    disrupts: input?.steps.some(({ phase }) => phase === 'disruption') ?? false,
    probesOpen: input?.probes.length ?? 0,
    canariesOpen: input?.canaries.length ?? 0,
    settled: false,
    failed: false,
    stepsFailed: false,
    paused: false,
    path: null,
  }),
  type: 'parallel',
  states: {
    control: {
      initial: 'watching',
      states: {
        watching: { on: { pause: { target: 'paused', actions: 'hold' }, abort: 'aborting' } },
        paused: {
          on: {
            continue: { target: 'watching', actions: 'release' },
            overrule: { target: 'watching', actions: 'release' },
            abort: { target: 'aborting', actions: 'release' },
          },
        },
        aborting: {},
      },
    },
    phases: {
      initial: 'preflight',
      states: {
        preflight: {
          on: {
            opened: { actions: 'preflight' },
            ready: [{ guard: 'nothingToApprove', target: 'baseline' }, { target: 'approval' }],
            refused: { target: 'evaluation', actions: 'takeRefusal' },
            abort: { target: 'evaluation', actions: 'takeAbort' },
          },
        },
        approval: {
          entry: 'askApproval',
          on: {
            approved: [{ guard: 'lastApproval', target: 'baseline' }, { actions: 'countApproval' }],
            'approved-for-all': 'baseline',
            'approval-expired': { actions: 'uncountApproval' },
            declined: { target: 'evaluation', actions: 'takeAbort' },
            abort: { target: 'evaluation', actions: 'takeAbort' },
          },
        },
        baseline: {
          entry: ['observe', 'holdBaseline'],
          on: {
            held: [{ guard: 'disrupts', target: 'disruption' }, { target: 'recovery' }],
            'not-held': { target: 'restoration.cleaning', actions: 'takeRefusal' },
            'approval-expired': { target: 'restoration.cleaning', actions: 'takeRefusal' },
            abort: { target: 'restoration.cleaning', actions: 'takeAbort' },
          },
        },
        disruption: {
          entry: ['beginSteps', 'beginDisruption'],
          on: {
            settled: [
              { guard: 'aborted', target: 'restoration' },
              { guard: 'settledFailed', target: 'restoration', actions: 'takeFailure' },
              { target: 'declaration' },
            ],
            'approval-expired': { target: 'restoration.cleaning', actions: ['takeRefusal', 'drop'] },
            abort: { guard: 'notAborted', actions: ['takeAbort', 'endApprovals', 'drain'] },
          },
        },
        declaration: {
          entry: ['awaitDeclaration', 'startDetection'],
          exit: 'cancelDetection',
          on: {
            declared: 'recovery',
            'detection-timeout': { target: 'restoration', actions: 'takeFailure' },
            abort: { target: 'restoration', actions: 'takeAbort' },
          },
        },
        recovery: {
          entry: ['beginSteps', 'beginRecovery'],
          on: {
            settled: [
              { guard: 'aborted', target: 'restoration' },
              { guard: 'settledFailed', target: 'restoration', actions: 'takeFailure' },
              { target: 'verification' },
            ],
            'approval-expired': { target: 'restoration.cleaning', actions: ['takeRefusal', 'drop'] },
            abort: { guard: 'notAborted', actions: ['takeAbort', 'endApprovals', 'drain'] },
          },
        },
        verification: {
          entry: ['endApprovals', 'beginSteps', 'startStability', 'collectCanaries', 'beginVerification'],
          exit: 'cancelStability',
          always: [
            { guard: 'verifiedAborted', target: 'restoration' },
            { guard: 'verifiedFailed', target: 'restoration', actions: 'takeFailure' },
            { guard: 'verified', target: 'restoration', actions: 'takeSuccess' },
          ],
          on: {
            settled: { actions: 'noteSettled' },
            mended: { actions: 'noteMended' },
            'probe-stable': { actions: 'countProbe' },
            'canary-collected': { actions: 'countCanary' },
            'stability-timeout': { actions: 'giveUpProbes' },
            abort: { guard: 'notAborted', actions: ['takeAbort', 'endApprovals', 'drain'] },
          },
        },
        restoration: {
          initial: 'ending',
          entry: 'endApprovals',
          states: {
            // Only a run that is taken up again comes here; whatever it stood on may have changed since.
            looking: { entry: ['observe', 'lookAgain'], on: { settled: 'ending' } },
            ending: { entry: 'endDisruption', on: { settled: 'undoing' } },
            undoing: { entry: 'undoRecovery', on: { settled: 'failback' } },
            failback: { entry: 'beginFailback', on: { settled: 'removing' } },
            removing: { entry: 'removeCreated', on: { settled: 'cleaning' } },
            cleaning: { entry: 'clean', on: { cleaned: 'proving' } },
            proving: { entry: 'prove', on: { proved: '#drill.phases.evaluation' } },
          },
        },
        evaluation: {
          initial: 'judging',
          entry: 'endApprovals',
          states: {
            judging: { entry: ['observeEnd', 'evaluate'], on: { evaluated: 'closing' } },
            closing: { entry: 'close', on: { closed: '#drill.phases.closed' } },
          },
        },
        closed: {
          on: {
            restore: [
              { guard: 'refused', target: 'restoration.cleaning', actions: 'observe' },
              { target: 'restoration.looking' },
            ],
            'judge-again': 'evaluation',
          },
        },
      },
    },
  },
});

export type DrillSnapshot = SnapshotFrom<typeof drillMachine>;
