// Long-running operations: accepted at once, at work for their duration, watched through signed poll URLs, kept in a journal.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorData, toErrorData } from '../../model/errors.ts';
import { isOperationKind, operationKind } from '../world/operation-kinds.ts';
import type { World } from '../world/world-schema.ts';
import { errorBody, Refusal, type Reply } from './arm-reply.ts';
import type { FaultRules } from './fault-rules.ts';
import { operationDurationMs, recordedMinimumMs } from './operation-duration.ts';
import type { ArmRequest } from './route.ts';
import { isSigned, signQuery } from './signed-query.ts';

/** How the work of an operation keeps to its duration. */
export interface Pace {
  /** Resolves when no more than `leadMs` of the duration are left. Throws when the twin closes. */
  readonly untilBeforeEnd: (leadMs: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Last but one segments of `Azure-AsyncOperation` and `Location`. */
export interface PollNames {
  readonly status: string;
  readonly result: string;
}

export interface OperationPlan {
  /** Its id when the caller needs to know it; else a new one. */
  readonly id?: string;
  /** Where it is watched when its service has a place of its own: paths that its id is appended to. */
  readonly places?: { readonly status: string; readonly result: string };
  /** Method and resource type: `PATCH Microsoft.DBforPostgreSQL/flexibleServers`. */
  readonly operation: string;
  readonly variety?: string;
  /** The service's own name of it: `PromoteReadReplicaManagementOperation`. */
  readonly label: string;
  readonly provider: string;
  readonly location: string;
  /** ARM id of what it changes. */
  readonly resource: string;
  /** Only a Location to poll, as resource groups have it. */
  readonly locationOnly?: boolean;
  /** Names of the poll URLs, where a service has its own. */
  readonly polls?: PollNames;
  /** The service's own words for an operation that waits and one that is at work; default: InProgress for both. */
  readonly words?: { readonly waiting: string; readonly working: string };
  /** The first answer, where it is neither 202 nor the operation's label. */
  readonly answer?: Pick<Reply, 'status' | 'body'>;
  /** The real work. Throws a Refusal to fail with its code. */
  readonly work: (pace: Pace) => Promise<void>;
  /** Called once when it is over, whatever became of it. */
  readonly settle: () => void;
  /** Called when it failed, also when nothing of its work was begun. */
  readonly onFailed?: (error: ErrorData) => void;
  /** Body of the operation's result; undefined: none. */
  readonly result: () => unknown | Promise<unknown>;
}

/** One line of the operation journal. Instants are epoch ms. */
export interface JournaledOperation {
  readonly id: string;
  readonly operation: string;
  readonly resource: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed';
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly tookMs: number | null;
  /** The shortest recorded time; null when none was recorded. */
  readonly recordedMs: number | null;
  /** True when it succeeded in less than the shortest recorded time. */
  readonly faster: boolean;
}

interface Operation {
  readonly id: string;
  /** Of the request that started it. */
  readonly requestId: string;
  readonly plan: OperationPlan;
  readonly startedAt: number;
  readonly startedMark: number;
  readonly durationMs: number;
  status: JournaledOperation['status'];
  endedAt: number | null;
  tookMs: number | null;
  error: ErrorData | undefined;
  readonly done: Promise<void>;
}

/** Work as those see it who watch it. `durationMs`: how long it was drawn to take. */
export type Begun = Pick<Operation, 'id' | 'startedAt' | 'durationMs' | 'status' | 'endedAt' | 'error'>;

const POLLS: PollNames = { status: 'azureAsyncOperation', result: 'operationResults' };
/** An operation that a service queues first is shown waiting for this share of its duration. */
const WAITING_SHARE = 0.3;
const OPERATIONS_MAX = 1000;
const HOLD_MS_MAX = 1000;
const RETRY_AFTER_SECONDS_MAX = 10;

export class Operations {
  readonly #world: World;
  readonly #rules: FaultRules;
  readonly #endpoint: () => string;
  readonly #key = randomBytes(32).toString('hex');
  readonly #operations = new Map<string, Operation>();
  readonly #started = new Map<string, number>();

  constructor(world: World, rules: FaultRules, endpoint: () => string) {
    this.#world = world;
    this.#rules = rules;
    this.#endpoint = endpoint;
  }

  /** Starts an operation and answers 202 with where to watch it. `signal` ends it when the control plane closes. */
  start(request: ArmRequest, plan: OperationPlan, signal: AbortSignal): Reply {
    const operation = this.#begin(request, plan, signal);
    const body = { operation: plan.label, startTime: new Date(operation.startedAt).toISOString() };
    const { status, result } = plan.polls ?? POLLS;
    const watch = plan.locationOnly ? {} : { 'azure-asyncoperation': this.#url(operation, status, request.apiVersion) };
    return {
      status: 202,
      body,
      ...plan.answer,
      headers: {
        ...watch,
        location: this.#url(operation, result, request.apiVersion),
        'retry-after': String(retryAfterSeconds(operation)),
      },
    };
  }

  /** Begins work that clients watch in another way than an operation: a job. What it returns changes while it runs. */
  begin(request: ArmRequest, plan: OperationPlan, signal: AbortSignal): Begun {
    return this.#begin(request, plan, signal);
  }

  /** Answers a poll of Azure-AsyncOperation, held for a moment so that an end is seen when it comes. */
  async status(request: ArmRequest): Promise<Reply> {
    const operation = await this.#held(request);
    const { id, status, startedAt, endedAt, error } = operation;
    const body = {
      name: id,
      status: wordOf(operation),
      startTime: new Date(startedAt).toISOString(),
      ...(endedAt === null ? {} : { endTime: new Date(endedAt).toISOString() }),
      ...(error === undefined ? {} : { error }),
    };
    return status === 'InProgress' ? { status: 200, body, headers: pollHeaders(operation) } : { status: 200, body };
  }

  /** Answers a poll of Location: 202 while it runs, then its result. */
  async result(request: ArmRequest): Promise<Reply> {
    const operation = await this.#held(request);
    const { status, plan, error } = operation;
    if (status === 'InProgress') {
      const location = this.#url(operation, (plan.polls ?? POLLS).result, request.apiVersion);
      return { status: 202, headers: { ...pollHeaders(operation), location } };
    }
    if (error !== undefined) return { status: 409, body: errorBody(error.code, error.message) };
    const body = await plan.result();
    return body === undefined ? { status: 200 } : { status: 200, body };
  }

  /** What is over, by the request that started it; `code` of a failure. */
  ended(): readonly { readonly requestId: string; readonly endedAt: number; readonly code: string | undefined }[] {
    return [...this.#operations.values()].flatMap(({ requestId, endedAt, error }) =>
      endedAt === null ? [] : [{ requestId, endedAt, code: error?.code }],
    );
  }

  journal(): readonly JournaledOperation[] {
    return [...this.#operations.values()].map(journaled);
  }

  /** Resolves when no operation is at work. */
  async settled(): Promise<void> {
    await Promise.all([...this.#operations.values()].map(({ done }) => done));
  }

  #begin({ method, path, requestId }: ArmRequest, plan: OperationPlan, signal: AbortSignal): Operation {
    const kind = operationKind(plan.operation, plan.variety);
    // A world file could give no time to an operation that the list leaves out.
    assert(isOperationKind(kind), `expected ${kind} among the operations that a twin paces`);
    const nth = (this.#started.get(plan.operation) ?? 0) + 1;
    this.#started.set(plan.operation, nth);
    const slow = this.#rules.take('slow-operation', method, path) ?? { factor: 1, addMs: 0 };
    const durationMs = operationDurationMs(this.#world, plan.operation, plan.variety, nth) * slow.factor + slow.addMs;
    const failure = this.#rules.take('failing-operation', method, path);
    const started = {
      id: plan.id ?? randomUUID(),
      requestId,
      plan,
      startedAt: Date.now(),
      startedMark: performance.now(),
      durationMs,
    };
    const open = { status: 'InProgress', endedAt: null, tookMs: null, error: undefined } as const;
    const operation: Operation = {
      ...started,
      ...open,
      done: Promise.resolve().then(() => this.#run(operation, failure, signal)),
    };
    this.#keep(operation);
    return operation;
  }

  async #run(operation: Operation, failure: ErrorData | undefined, signal: AbortSignal): Promise<void> {
    const pace: Pace = { signal, untilBeforeEnd: (leadMs) => pause(remainingMs(operation) - leadMs, signal) };
    try {
      if (failure === undefined) await operation.plan.work(pace);
      await pace.untilBeforeEnd(0);
      if (failure !== undefined) throw new Refusal(409, failure.code, failure.message);
      operation.plan.settle();
      operation.status = 'Succeeded';
    } catch (thrown) {
      operation.error = toErrorData(thrown);
      operation.plan.settle();
      operation.plan.onFailed?.(operation.error);
      operation.status = 'Failed';
    }
    operation.tookMs = Math.round(performance.now() - operation.startedMark);
    operation.endedAt = Date.now();
  }

  async #held({ names, query, signal }: ArmRequest): Promise<Operation> {
    const id = names['id'] ?? '';
    const operation = this.#operations.get(id);
    if (operation === undefined)
      throw new Refusal(404, 'OperationNotFound', `expected the id of an operation of this twin, found ${id}`);
    if (!isSigned(this.#key, id, query))
      throw new Refusal(
        403,
        'AuthorizationFailed',
        'expected the poll URL exactly as it was given, found one without its signature',
      );
    const holding = new AbortController();
    const held = pause(HOLD_MS_MAX, AbortSignal.any([holding.signal, signal])).catch(() => {});
    await Promise.race([operation.done, held]);
    holding.abort();
    return operation;
  }

  #keep(operation: Operation): void {
    this.#operations.set(operation.id, operation);
    const oldest = [...this.#operations.values()].find(({ status }) => status !== 'InProgress');
    if (this.#operations.size > OPERATIONS_MAX && oldest !== undefined) this.#operations.delete(oldest.id);
  }

  #url({ id, plan }: Operation, kind: string, apiVersion: string): string {
    const { provider, location } = plan;
    const common = `/subscriptions/${this.#world.subscription}/providers/${provider}/locations/${location}/${kind}`;
    const own = kind === 'azureAsyncOperation' ? plan.places?.status : plan.places?.result;
    const url = new URL(`${own ?? common}/${id}`, this.#endpoint());
    for (const [name, value] of [['api-version', apiVersion], ...signQuery(this.#key, id, Date.now())] as const)
      url.searchParams.set(name, value);
    return url.href;
  }
}

const remainingMs = ({ startedMark, durationMs }: Operation) => startedMark + durationMs - performance.now();

function wordOf(operation: Operation): string {
  const { status, plan, durationMs } = operation;
  if (status !== 'InProgress' || plan.words === undefined) return status;
  return remainingMs(operation) > durationMs * (1 - WAITING_SHARE) ? plan.words.waiting : plan.words.working;
}

/** Never beyond the expected end, so that clients which obey it see the end when it comes. */
const retryAfterSeconds = (operation: Operation) =>
  Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(1, Math.floor(remainingMs(operation) / 1000)));
const pollHeaders = (operation: Operation) => ({ 'retry-after': String(retryAfterSeconds(operation)) });

/** Waits. Throws when the signal fires, so that no work is done too early. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms > 0) await sleep(ms, undefined, { signal });
}

function journaled({ id, plan, status, startedAt, endedAt, tookMs }: Operation): JournaledOperation {
  const recordedMs = recordedMinimumMs(plan.operation) ?? null;
  const faster = status === 'Succeeded' && tookMs !== null && recordedMs !== null && tookMs < recordedMs;
  const operation = operationKind(plan.operation, plan.variety);
  return { id, operation, resource: plan.resource, status, startedAt, endedAt, tookMs, recordedMs, faster };
}
