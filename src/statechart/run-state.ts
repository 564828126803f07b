// The state that the fold owns: one small snapshot per step, one of the drill, and what the graph still waits for.
import { initialTransition } from 'xstate';
import type { Outcome, StepPhase } from '../model/phase.ts';
import type { GivenApproval } from '../plan/people-rules.ts';
import type { Compiled } from './compile.ts';
import { type DrillMachineEvent, type DrillSnapshot, drillMachine } from './drill-machine.ts';
import type { StepStatus } from './kernel.ts';
import { type StepSnapshot, stepMachine } from './step-machine.ts';

/** What people have said and been told; replaced as a whole, because it changes a few times a run. */
export interface PeopleState {
  readonly planDigest: string;
  readonly requestedBy: string;
  /** Those that were counted, in their order. */
  readonly approvals: readonly GivenApproval[];
  /** The disruption was seen, and people may declare. */
  readonly seen: boolean;
  /** What happened in a pause and moves the phase on once the run is continued. */
  readonly deferred: readonly DrillMachineEvent[];
}

export interface RunState {
  drill: DrillSnapshot;
  opened: boolean;
  /** Nobody is asked; the only runs in which an approval may be automatic. */
  unattended: boolean;
  /** Indexed like the plan's steps. */
  readonly steps: StepSnapshot[];
  /** Needs of each step that have not succeeded yet. */
  readonly remaining: number[];
  /** Indices in the order in which steps succeeded. */
  readonly succeeded: number[];
  readonly timers: Map<string, number>;
  /** The phase whose steps run, how many of them are not settled, and whether one failed. */
  phase: StepPhase | null;
  unsettled: number;
  phaseFailed: boolean;
  /** Nothing new is sent in this phase: a step failed, or the drill is being aborted. */
  draining: 'no' | 'failure' | 'abort';
  /** The step that is being taken back; all that restoration's present state takes back, in order; and how many of them had their turn. */
  takingBack: number | null;
  toTakeBack: readonly number[];
  turnsTaken: number;
  /** How the run was judged; known before it is closed. */
  outcome: Outcome | null;
  /** What the run was taken up again for after its last end; null when it never was. */
  reopenedFor: 'restoration' | 'evaluation' | null;
  people: PeopleState;
  readonly answered: Set<string>;
}

export const statusOf = (snapshot: StepSnapshot): StepStatus => snapshot.value as StepStatus;

export function initialState({ plan, steps, indegree }: Compiled): RunState {
  return {
    drill: initialTransition(drillMachine, plan)[0],
    opened: false,
    unattended: false,
    steps: steps.map((step) => initialTransition(stepMachine, step)[0]),
    remaining: [...indegree],
    succeeded: [],
    timers: new Map(),
    phase: null,
    unsettled: 0,
    phaseFailed: false,
    draining: 'no',
    takingBack: null,
    toTakeBack: [],
    turnsTaken: 0,
    outcome: null,
    reopenedFor: null,
    people: { planDigest: '', requestedBy: '', approvals: [], seen: false, deferred: [] },
    answered: new Set(),
  };
}
