// Runs one trial as a small drill: text, plan, machine, runtime, journal, HTTPS and twin are the real ones.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import * as z from 'zod';
import { automaticApproval } from '../../../src/cli/people.ts';
import { parsePage } from '../../../src/definition/parse-page.ts';
import { openMemoryStore } from '../../../src/journal/memory.ts';
import { type Action, type Catalogue, defineAction } from '../../../src/model/action.ts';
import type { Connection } from '../../../src/model/environment.ts';
import { CodedError } from '../../../src/model/errors.ts';
import type { DrillEvent } from '../../../src/model/events.ts';
import { canonicalJson } from '../../../src/model/json.ts';
import type { Outcome } from '../../../src/model/phase.ts';
import { planDigest } from '../../../src/plan/digest.ts';
import { type LoadedPlan, loadPlan } from '../../../src/plan/load-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { catalogue } from '../../../src/providers/catalogue.ts';
import { inventory } from '../../../src/providers/inventory.ts';
import type { World } from '../../../src/providers/world.ts';
import { evaluateRun } from '../../../src/report/outcome.ts';
import type { Limits } from '../../../src/runtime/limits.ts';
import { runDrill } from '../../../src/runtime/run-drill.ts';
import { systemClock } from '../../../src/runtime/system-clock.ts';
import { createKernel, fold } from '../../../src/statechart/index.ts';
import type { StepStatus } from '../../../src/statechart/kernel.ts';
import { type JournaledOperation, startTwinFault, twinLog, twinOperations } from '../../../src/twin/index.ts';
import type { Bench } from './bench.ts';
import type { ActionCase, Trial, Way } from './ways.ts';

const LOOKS_MAX = 10;
const LOOK_EVERY_MS = 50;

/** How a trial ended, seen from both sides. */
export interface TrialEnd {
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  readonly statuses: readonly StepStatus[];
  /** Code of the last failure of the step. */
  readonly code: string | undefined;
  readonly events: readonly DrillEvent[];
  /** Requests of the step, and those that take it back, that the twin took: refusals by throttling are none. */
  readonly taken: readonly Request[];
  readonly undone: readonly Request[];
  readonly operations: readonly JournaledOperation[];
  /** Operations of the twin that go on although the run is over. */
  readonly atWork: readonly string[];
  /** Was the effect seen while the drill stood at its verification, and after the run? Undefined: nobody looked. */
  readonly seenThen: boolean | undefined;
  readonly seenAfter: boolean | undefined;
}

/** A resource is gone a moment before the operation that removes it says that it is over. */
async function operationsSince({ address }: Bench, mark: number): Promise<readonly JournaledOperation[]> {
  for (let tries = 1; ; tries += 1) {
    const operations = (await twinOperations(address)).filter(({ startedAt }) => startedAt >= mark);
    if (tries === LOOKS_MAX || operations.every(({ status }) => status !== 'InProgress')) return operations;
    await sleep(LOOK_EVERY_MS);
  }
}

interface Request {
  /** Epoch ms when it arrived. */
  readonly at: number;
  readonly tookMs: number;
  readonly method: string;
  readonly path: string;
  readonly clientRequestId: string | null;
}

const STEP = 'the-step';
const AGAIN = 'the-step-again';
const TIMEOUT = 'PT20S';
/** An abort of a step that is done within its request comes so long after the intent. */
const ABORT_AFTER_MS = 100;

const LIMITS: Partial<Limits> = {
  inspectBackoffMs: 20,
  requestSettleMs: 2400,
  settlePollMs: 100,
  graceMs: 200,
  provePollMs: 100,
  proveSettleMs: 2000,
  inboxPollMs: 50,
  flushMs: 50,
  shutdownMs: 2000,
};

/** The drill of a trial as its plan, or every problem for which it is refused. */
export function planTrial(bench: Bench, given: ActionCase, way: Way, trial: Trial): LoadedPlan {
  return loadPlan(stringify(drillOf(bench, given, way, trial)), 'trial.yaml', {
    environment: bench.environment,
    catalogue: withTestActions(undefined, trial),
    pages: pagesOf(given.pages?.(bench) ?? new Map()),
    programs: given.programs?.(bench) ?? [],
  });
}

/** The plan with its step a second time, after the first. */
export function doneAgain(plan: Plan): Plan {
  const steps = plan.steps.flatMap((step) =>
    step.id === STEP ? [step, { ...step, id: AGAIN, needs: [STEP] }] : [step],
  );
  return { ...plan, steps };
}

/** Runs a plan of a trial to its end. */
export async function runTrial(bench: Bench, given: ActionCase, way: Way, trial: Trial, plan: Plan): Promise<TrialEnd> {
  const endings: (() => Promise<void>)[] = [];
  const looked: { seen?: boolean } = {};
  const hosts: Record<string, Connection['hosts'][string]> = { ...trial.hosts?.(bench) };
  const mark = Date.now();
  const prepare = async () => {
    if (trial.prepared !== false) await given.before?.(bench);
    if (trial.wire !== undefined) bench.wires.get(given.server ?? '')?.trouble(trial.wire);
    for (const fault of trial.faults ?? []) await startTwinFault(bench.address, fault);
    for (const trouble of trial.troubles ?? []) bench.proxy.trouble(trouble);
    if (trial.meanwhile !== undefined) endings.push(await trial.meanwhile(bench));
  };
  const look = async () => {
    if (given.seen !== undefined) looked.seen = await given.seen(bench);
  };
  const parts = withTestActions({ prepare, look }, trial);
  try {
    const world = bench.open(hosts, { programs: plan.programs });
    const { outcome, events } = await drive(world, plan, parts, { given, way, trial });
    const view = createKernel(plan).view(fold(createKernel(plan), events));
    const log = (await twinLog(bench.address)).filter(
      ({ at, clientRequestId }) => at >= mark && !bench.changes.has(clientRequestId),
    );
    const matching = (pattern: RegExp | undefined) =>
      log.filter(({ method, path, status }) => status !== 429 && pattern?.test(`${method} ${path}`));
    const others = requestIds(events, (type, step) => type === 'undo.started' || (step !== STEP && step !== AGAIN));
    const explicit = requestIds(events, (type, step) => type === 'step.started' && step !== STEP && step !== AGAIN);
    const own = requestIds(events, (type, step) => type === 'step.started' && (step === STEP || step === AGAIN));
    const accepted = matching(given.request).filter(({ status }) => status === null || status < 400);
    const taken = accepted.filter(({ clientRequestId }) => !others.has(clientRequestId));
    const operations = await operationsSince(bench, mark);
    const reasons = events.findLast((event) => event.type === 'evaluation.finished')?.reasons ?? [];
    return {
      outcome,
      reasons,
      statuses: plan.steps.filter(({ id }) => id === STEP || id === AGAIN).map(({ id }) => view.status(id)),
      code: events.filter((event) => event.type === 'step.failed').findLast(({ step }) => step === STEP)?.error.code,
      events,
      taken,
      undone: matching(given.undoRequest).filter(
        ({ clientRequestId }) => !own.has(clientRequestId) && !explicit.has(clientRequestId),
      ),
      operations: operations.filter((operation) => taken.some((request) => began(request, operation))),
      atWork: operations.filter(({ status }) => status === 'InProgress').map(({ operation }) => operation),
      seenThen: looked.seen,
      seenAfter: await given.seen?.(bench),
    };
  } finally {
    for (const end of endings) await end();
  }
}

/** The ids that the journal says requests went out with. */
const requestIds = (events: readonly DrillEvent[], isMeant: (type: string, step: string) => boolean) =>
  new Set<string | null>(
    events.flatMap((event) =>
      (event.type === 'step.started' || event.type === 'undo.started') && isMeant(event.type, event.step)
        ? [event.requestId]
        : [],
    ),
  );

/** The journal of operations does not name requests: an operation began while its request was answered. */
const began = ({ method, path, at, tookMs }: Request, { operation, resource, startedAt }: JournaledOperation) =>
  operation.startsWith(`${method} `) &&
  decodeURIComponent(path).toLowerCase().startsWith(resource.toLowerCase()) &&
  startedAt >= at &&
  startedAt <= at + tookMs + 1;

interface Tried {
  readonly given: ActionCase;
  readonly way: Way;
  readonly trial: Trial;
}

/** The runtime from the first event to the last, on a journal of its own. */
async function drive(world: World, plan: Plan, parts: Catalogue<World>, { given, way, trial }: Tried) {
  const store = openMemoryStore();
  const kernel = createKernel(plan);
  const run = `trial-${randomUUID()}`;
  const opened = {
    type: 'run.opened',
    run,
    drill: plan.drill,
    planDigest: planDigest(plan),
    environment: { kind: 'twin', name: plan.environment.name },
    requestedBy: 'kim',
    unattended: trial.answer === undefined,
    rehearsal: true,
    tool: 'test',
  } as const;
  const record = { run, drill: plan.drill, openedAt: systemClock.now(), plan: canonicalJson(plan) };
  const stop = new AbortController();
  const outcome = await runDrill({
    plan,
    kernel,
    journal: store.now.create(record, { at: systemClock.now(), body: opened }),
    catalogue: parts,
    inventory,
    world,
    clock: systemClock,
    limits: LIMITS,
    approve: async () => ({ ...automaticApproval(plan), planDigest: planDigest(plan) }),
    ...(trial.answer === undefined ? {} : { answer: answering(trial.answer) }),
    evaluate: (events) => evaluateRun(plan, kernel, events),
    signal: stop.signal,
    onEvent: (event) => {
      if (way === 'aborted while running' && isAtWork(event, given)) abortSoon(stop, given);
    },
  });
  return { outcome, events: store.now.events(run) };
}

const answering = (result: 'done' | 'failed') => async () =>
  ({ as: 'lea', role: 'none', result, note: 'as the trial says' }) as const;

/** An operation is at work once it was accepted; everything else from its intent on. */
const isAtWork = (event: DrillEvent, { isOperation = false }: ActionCase) =>
  event.type === (isOperation ? 'step.accepted' : 'step.started') && event.step === STEP;

function abortSoon(stop: AbortController, { isOperation = false }: ActionCase): void {
  const reason = new Error('the trial aborts');
  if (isOperation) stop.abort(reason);
  else setTimeout(() => stop.abort(reason), ABORT_AFTER_MS);
}

/** The step stands where its phase is; what it needs is brought about before it, and what it did is looked at after it. */
function drillOf(bench: Bench, given: ActionCase, way: Way, trial: Trial) {
  const step = stepOf(bench, given, trial);
  const lead = given.lead ?? [];
  const prepare = { id: 'prepare', uses: 'test/prepare', needs: lead.map(({ id }) => id) };
  const steps = [
    { ...step, needs: given.phase === 'verification' || given.phase === 'restoration' ? [] : ['prepare'] },
    ...(way === 'done twice' ? [{ ...step, id: AGAIN, needs: [STEP] }] : []),
  ];
  const own = (phase: string, before: readonly object[] = []) => (given.phase === phase ? [...before, ...steps] : []);
  return {
    drill: 'trial',
    title: `${given.uses}, ${way}`,
    exercise: 'component',
    mode: 'live',
    systems: ['orders'],
    resources: { ...given.resources, ...trial.resources },
    scope: given.scope,
    approvals: { required: trial.answer === undefined ? 1 : 0 },
    timing: { baseline: 'PT0S', stability: 'PT1S' },
    disruption: own('disruption', [...lead, prepare]),
    recovery:
      given.phase === 'recovery' ? own('recovery', [...lead, prepare]) : given.phase === 'disruption' ? [] : [prepare],
    verification: [
      ...own('verification'),
      ...(given.phase === 'verification' ? [] : [{ id: 'look', uses: 'test/look', retry: { attempts: 1 } }]),
    ],
    restoration: [...own('restoration'), ...(given.restoration ?? [])],
  };
}

function stepOf(bench: Bench, given: ActionCase, trial: Trial) {
  const input = typeof given.input === 'function' ? given.input(bench) : given.input;
  return {
    id: STEP,
    uses: given.uses,
    with: { ...input, ...trial.with },
    timeout: trial.timeout ?? TIMEOUT,
    retry: { attempts: trial.attempts ?? 1, backoff: 'PT0.05S', maximum: 'PT0.1S' },
  };
}

interface Hooks {
  readonly prepare: () => Promise<void>;
  readonly look: () => Promise<void>;
}

/** The catalogue, and two actions by which a trial takes part in its drill. */
function withTestActions(hooks: Hooks | undefined, { takenBack = false }: Trial): Catalogue<World> {
  const common = {
    input: z.strictObject({}),
    writes: () => [],
    permissions: [],
    undo: 'nothing-to-undo',
    changesDataRoles: false,
    forecast: { operation: 'test', typicalMs: 1 },
    inspect: async () => ({ finding: 'not-started', detail: "it is the test's own" }) as const,
    observe: async () => ({}),
  } as const;
  const prepare = defineAction<object, World>({
    ...common,
    name: 'test/prepare',
    title: 'Prepare the trial',
    kind: 'write',
    start: async () => {
      await hooks?.prepare();
      return { kind: 'done', output: {} };
    },
  });
  const look = defineAction<object, World>({
    ...common,
    name: 'test/look',
    title: 'Look at the effect',
    kind: 'check',
    start: async () => {
      await hooks?.look();
      if (takenBack) throw Object.assign(new CodedError('check-failed', 'it fails on purpose'), { check: CHECK });
      return { kind: 'done', output: {}, check: CHECK };
    },
  });
  const more: readonly Action<unknown, World>[] = [prepare, look];
  return { ...catalogue, actions: new Map([...catalogue.actions, ...more.map((one) => [one.name, one] as const)]) };
}

const CHECK = { expected: 'a look', observed: 'a look' };

function pagesOf(texts: ReadonlyMap<string, string>) {
  return new Map(
    [...texts].map(([file, text]) => {
      const parsed = parsePage(text, file);
      if (!parsed.ok) throw new Error(`expected a page, found ${JSON.stringify(parsed.problems)}`);
      return [file, parsed.page] as const;
    }),
  );
}
