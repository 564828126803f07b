// The contract between the engine and everything that touches the world. A provider exports one of these values a file.
import type * as z from 'zod';
import type { ChildCall, ChildRecord } from './child.ts';
import type { Claim } from './corruption.ts';
import type { Environment } from './environment.ts';
import type { Check, Finding, InventoryItem } from './events.ts';
import type { Json } from './json.ts';
import type { ProgramCall } from './program.ts';

/** What an action, probe or canary may use. Made by the one place that joins parts; `world` is the provider's own. */
export interface ActionContext<World = unknown> {
  readonly world: World;
  /** Stable per run and step: the same for every attempt. Names what the step creates. */
  readonly key: string;
  readonly run: string;
  /** `x-ms-client-request-id`: deterministic per run, step and attempt (a UUID). */
  readonly requestId: string;
  /** Counts from 1; 0: a look of preflight, before anything is tried. */
  readonly attempt: number;
  /** When the run first meant to send this step's request, epoch ms. Undefined: never; what stands in the world is not this run's. */
  readonly intendedAt: number | undefined;
  /** When it meant to send this attempt's, epoch ms. Undefined: this attempt was not sent yet. */
  readonly attemptedAt: number | undefined;
  /** `x-ms-client-request-id` of every attempt that the run meant to send for this step, oldest first. Absent: none. */
  readonly requests?: readonly string[];
  /** What the look before the last intent said, and what the step gave when it succeeded; undefined: nothing is on record. */
  readonly before?: Json | undefined;
  readonly output?: Json | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Puts the end of a child run on record; resolves when that is durable. Again for the same child, it changes nothing. */
  readonly recordChild?: (child: ChildRecord) => Promise<void>;
}

/** The answer of `inspect`: is the one write done, running, not started, or can nobody tell? */
export interface Inspection {
  readonly finding: Finding;
  readonly detail: string;
  /** What undo needs to know, recorded with the intent. */
  readonly before?: Json;
  readonly output?: Json;
}

/** The answer of `start`: finished in the same reply, or accepted with a handle (a secret; undefined: watch the resource). */
export type Started =
  | { readonly kind: 'done'; readonly output: Json; readonly check?: Check }
  | { readonly kind: 'accepted'; readonly handle: string | undefined };

/** How a step can be taken back. */
export type UndoKind = 'reversible' | 'nothing-to-undo' | 'failback' | 'cannot-be-undone';

/** Durations seen in recorded traffic of the operation, in milliseconds, for the forecast. */
export interface Forecast {
  readonly operation: string;
  readonly typicalMs: number;
}

/**
 * One thing a drill can do. The engine calls `inspect`, journals the intent, calls `start` once, journals the handle, then `observe`.
 * `start` never repeats its request; errors that it throws carry `code` and, when a new attempt is safe, `retryable: true`. Errors of `inspect`
 * carry `missing: true` when what the input names does not exist: preflight refuses the run then.
 */
export interface Action<Input = never, World = unknown> {
  readonly name: string;
  readonly title: string;
  /** `write` changes resources, `check` judges, `fault` disrupts and its undo ends the disruption. */
  readonly kind: 'write' | 'check' | 'fault';
  readonly input: z.ZodType<Input>;
  /** ARM ids that this step writes to; the plan holds them to the drill's scope. */
  readonly writes: (input: Input) => readonly string[];
  /**
   * ARM ids that this step makes and nobody else has. The drill may change them although they are not in its scope; they must not stand
   * before, and the step is taken back on every way through restoration. The ids are known when the plan is made; with none, the step
   * creates nothing. Of `reversible` actions, and of those with `failback` whose `takeBack` waits until the way back removed what they made.
   */
  readonly creates?: (input: Input) => readonly string[];
  /** ARM ids that it deletes: once it succeeded, nothing of them stands that could rely on anything. Each is among its `writes`. */
  readonly removes?: (input: Input) => readonly string[];
  /** True of an input with which the step takes the original out of service: its output says when, as that of a fault does (Ts). */
  readonly endsService?: (input: Input) => boolean;
  /** ARM ids that it reads because the drill says so; the drill must name them, or what holds them, among its resources. */
  readonly reads?: (input: Input) => readonly string[];
  /** Programs of the workspace that it runs: the plan names them with their digests, and people must approve it. */
  readonly runs?: (input: Input) => readonly ProgramCall[];
  /** ARM ids that it can disturb without writing to them; every fault says so, and the plan holds them to the drill's scope. */
  readonly reach?: (input: Input, environment: Environment) => readonly string[];
  /** The runbook page that people answer instead of anything being sent: a path inside the workspace. */
  readonly page?: (input: Input) => string;
  /** The drill that it runs as a child, in a run of its own. */
  readonly child?: (input: Input) => ChildCall;
  /** Of a check: what it claims to find, with what a twin can plant to see it turn red. Absent, or none: nothing is known to plant. */
  readonly claims?: (input: Input, environment: Environment) => readonly Claim[];
  /** Azure RBAC operations that it needs: `Microsoft.DBforPostgreSQL/flexibleServers/write`. */
  readonly permissions: readonly string[];
  readonly undo: UndoKind;
  /** True when no other step can take its effect back: it stands under disruption, whose end does that on every way. */
  readonly endsWithDisruption?: boolean;
  /** True when another copy of the data becomes the one that is written: undo never goes past it. */
  readonly changesDataRoles: boolean;
  readonly forecast: Forecast;
  readonly inspect: (input: Input, context: ActionContext<World>) => Promise<Inspection>;
  readonly start: (input: Input, context: ActionContext<World>) => Promise<Started>;
  /** Waits for the accepted operation. `handle` undefined: watch the resource itself. Resolves with the step's output. */
  readonly observe: (input: Input, handle: string | undefined, context: ActionContext<World>) => Promise<Json>;
  /** Only of `reversible` actions and of those that create. `before` is what `inspect` said when the step started. Idempotent. */
  readonly takeBack?: (input: Input, before: Json, context: ActionContext<World>) => Promise<Json>;
}

/** One reading of a probe. `detail` says why it is not healthy. */
export interface Reading {
  readonly healthy: boolean;
  readonly detail?: string;
}

/** Looks at a service from a user's side; the engine calls it on a schedule and keeps every reading. */
export interface Probe<Input = never, World = unknown> {
  readonly name: string;
  readonly title: string;
  readonly input: z.ZodType<Input>;
  readonly read: (input: Input, context: ActionContext<World>) => Promise<Reading>;
}

/** An open canary: writes go out until `close`. */
export interface CanaryWriter {
  /** Resolves when the write with this sequence number was acknowledged; rejects when it never will be. */
  readonly write: (sequence: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Writes whose loss can be counted: written to one place, read back from another. */
export interface Canary<Input = never, World = unknown> {
  readonly name: string;
  readonly title: string;
  readonly input: z.ZodType<Input>;
  readonly writes: (input: Input) => readonly string[];
  readonly open: (input: Input, context: ActionContext<World>) => Promise<CanaryWriter>;
  /** Every sequence number of this run that is present, ascending. */
  readonly survivors: (input: Input, context: ActionContext<World>) => Promise<readonly number[]>;
  /** Removes what the canary made, wherever it stands. Returns what it removed. Idempotent. */
  readonly remove: (input: Input, context: ActionContext<World>) => Promise<readonly string[]>;
  /** What of the canary still stands: of this run, and of every other one, which is named and never removed. */
  readonly leftOvers: (input: Input, context: ActionContext<World>) => Promise<readonly string[]>;
}

/** Reads the resources of a drill: for preflight, baseline and proof. */
export interface Inventory<World = unknown> {
  readonly read: (ids: readonly string[], context: ActionContext<World>) => Promise<readonly InventoryItem[]>;
}

/** Everything a drill file may name in `uses`. */
export interface Catalogue<World = unknown> {
  readonly actions: ReadonlyMap<string, Action<unknown, World>>;
  readonly probes: ReadonlyMap<string, Probe<unknown, World>>;
  readonly canaries: ReadonlyMap<string, Canary<unknown, World>>;
}

/** Types an action while its author writes it, and forgets the input type where the engine keeps it. */
export const defineAction = <Input, World>(action: Action<Input, World>) => action as Action<unknown, World>;
export const defineProbe = <Input, World>(probe: Probe<Input, World>) => probe as Probe<unknown, World>;
export const defineCanary = <Input, World>(canary: Canary<Input, World>) => canary as Canary<unknown, World>;
