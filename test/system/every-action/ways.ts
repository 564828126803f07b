// What the table of actions is made of: a case for each action, and in it an answer for every bad way.
import type { Connection } from '../../../src/model/environment.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Outcome } from '../../../src/model/phase.ts';
import type { Program } from '../../../src/model/program.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { StepStatus } from '../../../src/statechart/kernel.ts';
import type { FaultInput } from '../../../src/twin/index.ts';
import type { Trouble } from '../twin-proxy.ts';
import type { Bench } from './bench.ts';
import type { WireTrouble } from './wire.ts';

export const WAYS = [
  'done twice',
  'undone twice',
  'aborted while running',
  'reply lost after it started',
  '429 storm',
  'time-out',
  'operation failing',
  'resource missing',
  'outside the scope',
] as const;
export type Way = (typeof WAYS)[number];

/** One bad way of one action: what is done to it, and how the run must end. */
export interface Trial {
  /** Members of the input that differ from the case's. */
  readonly with?: JsonObject;
  /** Resources of the drill that differ from the case's. */
  readonly resources?: ActionCase['resources'];
  /** ISO 8601 duration; the default of the suite is long enough. */
  readonly timeout?: string;
  readonly attempts?: number;
  /** Faults of the twin, from just before the step. */
  readonly faults?: readonly FaultInput[];
  /** Trouble on the way to the twin, from just before the step. */
  readonly troubles?: readonly Trouble[];
  /** Host names that lead somewhere else than the twin says. */
  readonly hosts?: (bench: Bench) => Connection['hosts'];
  /** Trouble on the way to the database that the case names as its `server`. */
  readonly wire?: WireTrouble;
  /** False: what the step needs is not brought about. */
  readonly prepared?: false;
  /** Of "outside the scope": how planning is led to refuse it, and what it says; by default the scope is emptied. */
  readonly refused?: { readonly with?: JsonObject; readonly scope?: readonly string[]; readonly message: RegExp };
  /** Of "outside the scope": how a plan that was made is changed; by default its scope is emptied. */
  readonly replan?: (plan: Plan) => Plan;
  /** Troubles that neither the twin nor the proxy can make; resolves with what ends it. */
  readonly meanwhile?: (bench: Bench) => Promise<() => Promise<void>>;
  /** Answers of people; nobody answers without. */
  readonly answer?: 'done' | 'failed';
  /** The check after the step is made to fail, so that restoration takes everything back. */
  readonly takenBack?: boolean;
  readonly expected: Expected;
}

export interface Expected {
  readonly outcome: Outcome;
  /** How the step ends; of "done twice" the first and the second, when they differ. */
  readonly step: StepStatus | readonly [StepStatus, StepStatus];
  /** Code of the last failure of the step. */
  readonly code?: string;
  /** A piece of the text of why the run ended as it did. */
  readonly reason?: RegExp;
  /** How many of the step's own requests the twin took (throttled ones are not taken). */
  readonly taken: number;
  /** How many operations stand in the twin's journal for it; the same as `taken` unless said. */
  readonly operations?: number;
  /** How many requests that take it back the twin took. */
  readonly undone?: number;
  /** True: the effect is still seen on the twin after the run. Null: it may or may not be. */
  readonly stays?: boolean | null;
}

/** Why a way cannot happen to an action. */
export interface NotApplicable {
  readonly reason: string;
}

/** The drill never runs: planning refuses it, and says so. */
export interface Refusal {
  readonly with: JsonObject;
  readonly refusedAtPlanning: RegExp;
}

/** A defect that is known and not mended: the trial must go on failing, so that the mark is removed with the defect. */
export interface KnownDefect {
  readonly defect: string;
  readonly trial: Trial;
}

export interface DrillStep {
  readonly id: string;
  readonly uses: string;
  readonly with: JsonObject;
  readonly needs?: readonly string[];
}

export interface ActionCase {
  readonly uses: string;
  readonly phase: 'disruption' | 'recovery' | 'verification' | 'restoration';
  readonly resources: Readonly<
    Record<string, { readonly type: string; readonly group: string; readonly name: string }>
  >;
  /** The database whose wire a trial may disturb, by the name of its server. */
  readonly server?: string;
  /** Names of resources. */
  readonly scope: readonly string[];
  readonly input: JsonObject | ((bench: Bench) => JsonObject);
  /** Brings the twin to where the drill begins. */
  readonly beforeRun?: (bench: Bench) => Promise<void>;
  /** Brings about what the step needs, once the baseline is on record. */
  readonly before?: (bench: Bench) => Promise<void>;
  /** What brings everything back, when the action has no undo of its own. */
  readonly restoration?: readonly DrillStep[];
  /** `METHOD /path` of the requests that do it; undefined: it sends nothing that changes anything. */
  readonly request?: RegExp;
  /** True: each of these requests is an operation in the twin's journal. */
  readonly isOperation?: boolean;
  /** True: it makes a resource of its own, which planning lets a drill do once. */
  readonly isCreation?: boolean;
  /** `METHOD /path` of the requests that take it back. */
  readonly undoRequest?: RegExp;
  /** Is the effect there? Seen on the twin, past the action. Undefined for checks. */
  readonly seen?: (bench: Bench) => Promise<boolean>;
  /** Runbook pages that the step names: text by path. */
  readonly pages?: (bench: Bench) => ReadonlyMap<string, string>;
  /** Programs that the workspace allows. */
  readonly programs?: (bench: Bench) => readonly Program[];
  /** Puts the twin back after a trial whose run could not. */
  readonly reset?: (bench: Bench) => Promise<void>;
  readonly ways: Readonly<Record<Way, Trial | Refusal | NotApplicable | KnownDefect>>;
}
