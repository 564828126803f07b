// What the runtime knows of the machine: decide, adopt, and effects that are plain data.
import type { DrillEvent, EventBody } from '../model/events.ts';
import type { Outcome, Phase } from '../model/phase.ts';
import type { GivenApproval } from '../plan/people-rules.ts';

export type StepStatus =
  | 'pending'
  | 'ready'
  | 'starting'
  | 'observing'
  | 'inspecting'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'undoing'
  | 'undone'
  | 'stuck';

/** What the machine asks the runtime to do. Every effect is safe to ask again: a resumed run asks for what is still open. */
export type Effect =
  | { readonly type: 'preflight' }
  | { readonly type: 'ask-approval' }
  /** Start probes and canaries; they run until `observe-end`. */
  | { readonly type: 'observe' }
  | { readonly type: 'hold-baseline' }
  | { readonly type: 'await-declaration' }
  /** Put the step into the queue: inspect, journal the intent, start, journal the handle, observe. */
  | { readonly type: 'send'; readonly step: string; readonly attempt: number }
  /** Go on observing a started step of an earlier process. */
  | { readonly type: 'observe-step'; readonly step: string; readonly attempt: number }
  /** A started step without an answer: look at the world, and say what is true in `step.inspected`. */
  | { readonly type: 'inspect'; readonly step: string; readonly attempt: number }
  /** Stop waiting for the step's present work: timed out or aborted. */
  | { readonly type: 'cancel'; readonly step: string }
  | { readonly type: 'undo'; readonly step: string; readonly attempt: number }
  /** Journal `timer.fired` at `deadline` (epoch ms), unless cancelled. */
  | { readonly type: 'timer'; readonly timer: string; readonly deadline: number }
  | { readonly type: 'cancel-timer'; readonly timer: string }
  /** Report each probe that has been stable since recovery ended: `probe.stable`. */
  | { readonly type: 'await-stability' }
  /** Read canaries back: `canary.survivors` or `canary.unreadable` for each. */
  | { readonly type: 'collect-canaries' }
  | { readonly type: 'observe-end' }
  | { readonly type: 'clean' }
  | { readonly type: 'prove' }
  | { readonly type: 'evaluate' }
  | { readonly type: 'close'; readonly outcome: Outcome };

/** A read-only view of a run for status, the live view and the runtime. */
export interface RunView {
  readonly phase: Phase;
  readonly status: (step: string) => StepStatus;
  readonly attempt: (step: string) => number;
  /** Items of a page that people have answered, ascending; empty for other steps. */
  readonly answered: (step: string) => readonly number[];
  readonly undoAttempt: (step: string) => number;
  /** Steps that somebody must look at. */
  readonly stuck: readonly string[];
  readonly aborted: boolean;
  /** People hold the run: nothing new is sent. */
  readonly paused: boolean;
  /** The disruption was seen, and people may declare. */
  readonly seen: boolean;
  /** What an approval must name, who may not give one, and those that were counted. */
  readonly planDigest: string;
  readonly requestedBy: string;
  readonly approvals: readonly GivenApproval[];
  /** Which way restoration goes, once that is decided; `refused`: nothing was disrupted. */
  readonly path: 'success' | 'failure' | 'abort' | 'refused' | null;
  readonly closed: boolean;
}

/** The result of an event that was not adopted yet. Opaque to everyone but the kernel. */
export interface Decision<State> {
  readonly effects: readonly Effect[];
  /** False: the event changes nothing (late, duplicate or of a superseded attempt). It is kept in the journal all the same. */
  readonly changed: boolean;
  readonly adopt: (state: State) => State;
}

/** A drill's statechart, compiled once from its plan. Pure: no clock, no randomness, no I/O. */
export interface Kernel<State> {
  readonly initial: () => { readonly state: State; readonly effects: readonly Effect[] };
  /** Computes what an event does. Throws when the event is impossible here; nothing has changed then. */
  readonly decide: (state: State, event: DrillEvent) => Decision<State>;
  /** Phase, path, abort and end as they are now; ask again after an event. */
  readonly view: (state: State) => RunView;
  /** Effects to ask for again after a replay: everything that was asked for and is not answered yet. */
  readonly open: (state: State) => readonly Effect[];
}

/** Folds a whole event list. */
export function fold<State>(kernel: Kernel<State>, events: Iterable<DrillEvent>): State {
  let { state } = kernel.initial();
  for (const event of events) state = kernel.decide(state, event).adopt(state);
  return state;
}

export type { DrillEvent, EventBody };
