// What whoever drives a run and whoever drives its children say to each other. A file of its own, so that neither imports the other for it.
import type { RunJournal } from '../../journal/journal.ts';
import type { ChildRuns, Parent } from '../../model/child.ts';
import type { DrillEvent, EventOf } from '../../model/events.ts';
import type { Phase } from '../../model/phase.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Terminal } from '../terminal.ts';

/** Whoever drives the child runs of one parent. */
export interface Family {
  readonly runs: ChildRuns;
  /** Told of every event of the parent, replayed ones too. */
  readonly onEvent: (event: DrillEvent) => void;
  /** Resolves when no child is at work here any more. */
  readonly ended: () => Promise<void>;
}

/** What whoever brings a child to its end needs. `journal` undefined: it is taken over. */
export interface ChildDesk {
  readonly run: string;
  readonly plan: Plan;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly child: ChildStage;
  readonly journal: RunJournal | undefined;
}

export interface ChildStage {
  /** Approvals of the parent that fit, for the question that this run asks first. */
  readonly handed: () => readonly EventOf<'approval.decided'>[];
  readonly onEvent: (event: DrillEvent, phase: Phase) => void;
}

/** Whose child a run is, and who asked for the parent. */
export interface Descent {
  readonly parent: Parent;
  readonly requestedBy: string;
}
