// The value that approval names and the machine runs: everything that will happen, in order.
import type { UndoKind } from '../model/action.ts';
import type { Json } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { StepPhase } from '../model/phase.ts';
import type { Program } from '../model/program.ts';

export interface Retry {
  /** Attempts in all, at least 1. */
  readonly attempts: number;
  /** Wait before the second attempt; each further wait is twice the one before, up to `maximumMs`. */
  readonly backoffMs: number;
  readonly maximumMs: number;
}

export interface PlannedStep {
  readonly id: string;
  readonly title?: string;
  readonly phase: StepPhase;
  /** The one system that it recovers or checks. Absent: all of them. */
  readonly system?: string;
  /** Name of the action. */
  readonly uses: string;
  readonly kind: 'write' | 'check' | 'fault';
  /** Input with all but `${{ steps… }}` filled in. */
  readonly with: Json;
  /** Steps of the same phase that must have succeeded first. */
  readonly needs: readonly string[];
  /** A page that people answer: nothing is sent. */
  readonly page?: Page;
  /** A drill that runs as its child. Its whole plan is part of this one, so that whoever approves this one approves it too. */
  readonly child?: PlannedChild;
  readonly timeoutMs: number;
  readonly retry: Retry;
  readonly undo: UndoKind;
  readonly changesDataRoles: boolean;
  /** Full ARM ids that it writes to. */
  readonly writes: readonly string[];
  /** Full ARM ids that it makes: the drill's own, absent before it and after it. */
  readonly creates?: readonly string[];
  /** Full ARM ids that it deletes. */
  readonly removes?: readonly string[];
  /** True: its output says when the original stopped serving (Ts). */
  readonly endsService?: boolean;
  /** Full ARM ids that it can disturb without writing to them. */
  readonly reach?: readonly string[];
  readonly forecastMs: number;
  /** Longest forecast from the start of this step to the end of its phase: the queue sends the largest first. */
  readonly criticalMs: number;
}

export interface PlannedChild {
  /** Drill file: a path inside the workspace. */
  readonly file: string;
  readonly plan: Plan;
  /** It is aborted when it has not ended so long after its step was sent; the step's own time-out leaves it time to restore. */
  readonly endsAfterMs: number;
}

export interface PlannedProbe {
  readonly id: string;
  readonly system: string;
  readonly uses: string;
  readonly with: Json;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** How long it must stay healthy to count as stable. */
  readonly stableForMs: number;
}

export interface PlannedCanary {
  readonly id: string;
  readonly system: string;
  readonly uses: string;
  readonly with: Json;
  readonly everyMs: number;
  /** Full ARM ids that it writes to. */
  readonly writes?: readonly string[];
}

export interface PlannedGuardrail {
  readonly id: string;
  readonly during: readonly string[];
  /** CEL over `probes.<id>.failing`; true for `forMs` aborts the drill. */
  readonly when: string;
  readonly forMs: number;
}

export interface Objective {
  readonly system: string;
  readonly rtoMs?: number;
  readonly rpoMs?: number;
}

export interface Plan {
  readonly formatVersion: 1;
  readonly drill: string;
  readonly title: string;
  readonly exercise: string;
  readonly mode: 'isolated' | 'live';
  readonly environment: {
    readonly kind: 'twin' | 'azure';
    readonly name: string;
    readonly tenant: string;
    readonly subscription: string;
  };
  readonly systems: readonly string[];
  readonly objectives: readonly Objective[];
  /** Resource names of the drill file → full ARM ids. */
  readonly resources: { readonly [name: string]: string };
  /** The blast radius: a write to anything else is refused, and so is a fault that reaches anything else. */
  readonly scope: readonly string[];
  readonly approvals: { readonly required: number; readonly roles: readonly string[]; readonly expiresMs: number };
  /** Roles that may declare; empty: automatic at detection. `timeoutMs`: how long people are waited for once the disruption was seen. */
  readonly declaration: {
    readonly automatic: boolean;
    readonly roles: readonly string[];
    readonly timeoutMs?: number;
  };
  readonly probes: readonly PlannedProbe[];
  readonly canaries: readonly PlannedCanary[];
  readonly guardrails: readonly PlannedGuardrail[];
  /** In phase order, then in file order. */
  readonly steps: readonly PlannedStep[];
  /** Baseline lasts at least this long; detection and stability are given up after these. */
  readonly baselineMs: number;
  readonly detectionTimeoutMs: number;
  readonly stabilityTimeoutMs: number;
  /** Values for `environment.values` in expressions that are filled at run time. */
  readonly values: { readonly [key: string]: Json };
  /** Azure RBAC operations, each once, sorted. */
  readonly permissions: readonly string[];
  /** Programs that steps run, by name, sorted: no other file is run, and none whose digest has changed since. Absent: none. */
  readonly programs?: readonly Program[];
  readonly runbook?: string;
}
