// Child drills: how their runs are named, what a plan's check must know of them, and what a step may ask of whoever drives the parent.
import type { Outcome } from './phase.ts';

/** How a step names the drill that it runs. */
export interface ChildCall {
  /** Drill file: a path inside the workspace. */
  readonly drill: string;
  /** Roles that declare recovery in a child that declares by itself otherwise. */
  readonly declaration?: { readonly roles: readonly string[] } | undefined;
}

/** A child drill as it was when the plan was made, or why it cannot be run. */
export type ListedChild<ChildPlan = unknown> =
  | { readonly problem: string /** What was probably meant. */; readonly suggestion?: string }
  | {
      readonly plan: ChildPlan;
      readonly mode: 'isolated' | 'live';
      readonly forecastMs: number;
      /** What it may write to or disturb, with the environment in front: children that share one wait for each other. */
      readonly touches: readonly string[];
    };

/** Whose child a run is. */
export interface Parent {
  readonly run: string;
  readonly step: string;
}

/** How a child run ended, as its parent records it. */
export interface ChildRecord {
  readonly drill: string;
  readonly run: string;
  readonly outcome: Outcome;
  /** SHA-256 of SHA256SUMS of its evidence package, which covers every file but the signature; null: there is none that verifies. */
  readonly digest: string | null;
}

/** A child of an attempt of a step: none yet, at work or to be gone on with, or closed. */
export type ChildStanding = 'absent' | 'open' | 'closed';

/** Child runs, for the steps of one parent. `key` is that of the step's context, and so the name of its first child. */
export interface ChildRuns {
  readonly look: (key: string, attempt: number) => Promise<{ readonly run: string; readonly standing: ChildStanding }>;
  /** Makes the run of this attempt and begins to drive it. Rejects with CodedError when its file is no longer what was approved. */
  readonly begin: (key: string, attempt: number) => Promise<{ readonly run: string }>;
  /** Resolves when the child is closed and its package is written; drives on what nobody drives. `why`: its first reason, may be empty. */
  readonly end: (key: string, attempt: number, signal: AbortSignal) => Promise<ChildRecord & { readonly why: string }>;
}

/** The name of the run of an attempt. Neither steps nor drills have dots or underscores, so that it can be told whose child a run is. */
export const childRunName = (key: string, attempt: number): string => (attempt <= 1 ? key : `${key}_${attempt}`);

/** The run whose child this one is; undefined: nobody's. */
export function parentRunOf(run: string): string | undefined {
  const end = run.lastIndexOf('.');
  return end === -1 ? undefined : run.slice(0, end);
}
