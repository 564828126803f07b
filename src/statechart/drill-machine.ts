// The drill's statechart: phases, and beside them a control region that listens for an abort. Counters only; steps have their own machines.
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
  /** Something of the present phase failed. */
  readonly failed: boolean;
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
        | 'abort';
    }
  | { readonly type: 'canary-collected'; readonly readable: boolean }
  /** All steps of the phase are settled, or all undoing of a restoration state is over. */
  | { readonly type: 'settled'; readonly failed: boolean };

const machine = setup({
  types: { context: {} as DrillContext, events: {} as DrillMachineEvent, input: {} as Plan | undefined },
  actions: {
    preflight: () => {},
    askApproval: () => {},
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
    countProbe: assign({ probesOpen: ({ context }) => context.probesOpen - 1 }),
    countCanary: assign({
      canariesOpen: ({ context }) => context.canariesOpen - 1,
      failed: ({ context, event }) => context.failed || (event.type === 'canary-collected' && !event.readable),
    }),
    giveUpProbes: assign({ probesOpen: 0, failed: true }),
    beginSteps: assign({ settled: false, failed: false }),
    noteSettled: assign({
      settled: true,
      failed: ({ context, event }) => context.failed || (event.type === 'settled' && event.failed),
    }),
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
    settledFailed: ({ context, event }) => context.path !== 'abort' && event.type === 'settled' && event.failed,
    verifiedAborted: ({ context }) => context.settled && context.path === 'abort',
    verifiedFailed: ({ context }) => verified(context) && context.failed,
    verified: ({ context }) => verified(context),
  },
});

const verified = ({ settled, probesOpen, canariesOpen }: DrillContext) =>
  settled && probesOpen <= 0 && canariesOpen <= 0;

export const drillMachine = machine.createMachine({
  id: 'drill',
  context: ({ input }) => ({
    approvalsNeeded: input?.approvals.required ?? 0,
    disrupts: input?.steps.some(({ phase }) => phase === 'disruption') ?? false,
    probesOpen: input?.probes.length ?? 0,
    canariesOpen: input?.canaries.length ?? 0,
    settled: false,
    failed: false,
    path: null,
  }),
  type: 'parallel',
  states: {
    control: {
      initial: 'watching',
      states: { watching: { on: { abort: 'aborting' } }, aborting: {} },
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
            declined: { target: 'evaluation', actions: 'takeAbort' },
            abort: { target: 'evaluation', actions: 'takeAbort' },
          },
        },
        baseline: {
          entry: ['observe', 'holdBaseline'],
          on: {
            held: [{ guard: 'disrupts', target: 'disruption' }, { target: 'recovery' }],
            'not-held': { target: 'restoration.cleaning', actions: 'takeRefusal' },
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
            abort: { guard: 'notAborted', actions: ['takeAbort', 'drain'] },
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
            abort: { guard: 'notAborted', actions: ['takeAbort', 'drain'] },
          },
        },
        verification: {
          entry: ['beginSteps', 'startStability', 'collectCanaries', 'beginVerification'],
          exit: 'cancelStability',
          always: [
            { guard: 'verifiedAborted', target: 'restoration' },
            { guard: 'verifiedFailed', target: 'restoration', actions: 'takeFailure' },
            { guard: 'verified', target: 'restoration', actions: 'takeSuccess' },
          ],
          on: {
            settled: { actions: 'noteSettled' },
            'probe-stable': { actions: 'countProbe' },
            'canary-collected': { actions: 'countCanary' },
            'stability-timeout': { actions: 'giveUpProbes' },
            abort: { guard: 'notAborted', actions: ['takeAbort', 'drain'] },
          },
        },
        restoration: {
          initial: 'ending',
          states: {
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
          states: {
            judging: { entry: ['observeEnd', 'evaluate'], on: { evaluated: 'closing' } },
            closing: { entry: 'close', on: { closed: '#drill.phases.closed' } },
          },
        },
        closed: {},
      },
    },
  },
});

export type DrillSnapshot = SnapshotFrom<typeof drillMachine>;
