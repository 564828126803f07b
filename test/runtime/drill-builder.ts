// A drill on a world inside this process: real kernel, real loop, real memory journal; only the world is small.
import * as z from 'zod';
import type { JournalStore, RunJournal } from '../../src/journal/journal.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import {
  type Action,
  type ActionContext,
  type Catalogue,
  defineAction,
  defineCanary,
  defineProbe,
  type Inventory,
  type Started,
} from '../../src/model/action.ts';
import { CodedError } from '../../src/model/errors.ts';
import type { DrillEvent, EventOf, EventType } from '../../src/model/events.ts';
import type { Outcome } from '../../src/model/phase.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import type { Limits } from '../../src/runtime/limits.ts';
import type { DrillOptions } from '../../src/runtime/run-drill.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createKernel } from '../../src/statechart/index.ts';

export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
export const idOf = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-test/providers/Microsoft.Test/things/${name}`;
export const PRIMARY = idOf('primary');
export const REPLICA = idOf('replica');

/** What an attempt of a step does to the world, in the order of the attempts; the last one repeats. */
export type Behaviour =
  | 'done'
  | 'accepted'
  | 'refused'
  | 'refused-for-now'
  | 'lost-reply'
  | 'lost-request'
  | 'hangs'
  | 'hangs-deaf'
  | 'look-fails'
  | 'nobody-knows';

export interface TestWorld {
  /** Is the service answering? */
  up: boolean;
  readonly facts: Map<string, Record<string, string | boolean>>;
  /** Everything that was asked of the world, in order: `start promote 1`. */
  readonly calls: string[];
  readonly behaviours: Map<string, readonly Behaviour[]>;
  /** Steps whose write took effect. */
  readonly effects: Set<string>;
  readonly rows: Set<number>;
  /** Rows above this never reach the place where they are read back. */
  lostAbove: number;
  leftOvers: string[];
  canaryFails: boolean;
  probeDelayMs: number;
}

export const createWorld = (): TestWorld => ({
  up: true,
  facts: new Map([
    [PRIMARY, { role: 'primary' }],
    [REPLICA, { role: 'replica' }],
  ]),
  calls: [],
  behaviours: new Map(),
  effects: new Set(),
  rows: new Set(),
  lostAbove: Number.POSITIVE_INFINITY,
  leftOvers: [],
  canaryFails: false,
  probeDelayMs: 0,
});

type Context = ActionContext<TestWorld>;
const nameOf = ({ key, run }: Context) => key.slice(run.length + 1);
const fail = (code: string, facts: object = {}) => Object.assign(new CodedError(code, `the world says ${code}`), facts);
const behaviourOf = (context: Context): Behaviour => {
  const list = context.world.behaviours.get(nameOf(context)) ?? ['done'];
  return list[Math.min(context.attempt, list.length) - 1] ?? 'done';
};
const untilStopped = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

const writeInput = z.strictObject({ target: z.string().default(REPLICA), note: z.json().optional() });
type WriteInput = z.infer<typeof writeInput>;

async function startWrite(input: WriteInput, context: Context): Promise<Started> {
  const { world, attempt, signal } = context;
  const name = nameOf(context);
  world.calls.push(`start ${name} ${attempt}`);
  const behaviour = behaviourOf(context);
  if (behaviour === 'refused') throw fail('refused');
  if (behaviour === 'refused-for-now') throw fail('throttled', { retryable: true });
  if (behaviour === 'lost-request' || behaviour === 'nobody-knows') throw fail('connection-lost', { ambiguous: true });
  if (behaviour === 'hangs') return untilStopped(signal);
  if (behaviour === 'hangs-deaf') return new Promise(() => {});
  world.effects.add(name);
  if (behaviour === 'lost-reply') throw fail('connection-lost', { ambiguous: true });
  if (behaviour === 'accepted') return { kind: 'accepted', handle: `https://secret/${name}?sig=s` };
  return { kind: 'done', output: { step: name, note: input.note ?? null } };
}

const write = defineAction<WriteInput, TestWorld>({
  name: 'test/write',
  title: 'Write',
  kind: 'write',
  input: writeInput,
  writes: ({ target }) => [target],
  permissions: [],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'test', typicalMs: 10 },
  inspect: async (_, context) => {
    const { world, attempt } = context;
    const name = nameOf(context);
    world.calls.push(`inspect ${name} ${attempt}`);
    const behaviour = behaviourOf(context);
    const sent = world.calls.includes(`start ${name} ${attempt}`);
    if (behaviour === 'look-fails') throw fail('unreachable');
    if (behaviour === 'nobody-knows' && sent) return { finding: 'unknown', detail: 'no record' };
    if (!world.effects.has(name)) return { finding: 'not-started', detail: 'not there', before: { was: 'before' } };
    if (behaviour === 'accepted') return { finding: 'running', detail: 'under way' };
    return { finding: 'done', detail: 'there', output: { step: name, found: true } };
  },
  start: startWrite,
  observe: async (_, handle, context) => {
    context.world.calls.push(`observe ${nameOf(context)} ${handle ?? 'no handle'}`);
    return { step: nameOf(context), observed: true };
  },
  takeBack: async (_, before, context) => {
    const name = nameOf(context);
    context.world.calls.push(`undo ${name} ${JSON.stringify(before)}`);
    if (context.world.behaviours.get(`undo ${name}`)?.[context.attempt - 1] === 'refused-for-now')
      throw fail('busy', { retryable: true });
    context.world.effects.delete(name);
    return {};
  },
});

const outage = defineAction<object, TestWorld>({
  name: 'fault/outage',
  title: 'Outage',
  kind: 'fault',
  input: z.strictObject({}),
  writes: () => [],
  permissions: [],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'outage', typicalMs: 10 },
  inspect: async (_, { world }) =>
    world.calls.includes('outage')
      ? { finding: 'done', detail: 'out', output: { effectiveAt: Date.now() } }
      : { finding: 'not-started', detail: 'in' },
  start: async (_, { world, now }) => {
    world.calls.push('outage');
    world.up = false;
    const at = now();
    return {
      kind: 'done',
      output: { effectiveAt: at, earliest: at, latest: at, simulated: false, source: 'test', fidelity: [] },
    };
  },
  observe: async () => ({}),
  takeBack: async (_input, _before, { world }) => {
    world.calls.push('outage ended');
    return {};
  },
});

const recover = defineAction<object, TestWorld>({
  ...(write as unknown as Action<object, TestWorld>),
  name: 'test/recover',
  input: z.strictObject({}),
  writes: () => [REPLICA],
  start: async (_, context) => {
    context.world.up = true;
    return startWrite({ target: REPLICA }, context);
  },
});

const check = defineAction<{ passes: boolean }, TestWorld>({
  name: 'test/check',
  title: 'Check',
  kind: 'check',
  input: z.strictObject({ passes: z.boolean().default(true) }),
  writes: () => [],
  permissions: [],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  forecast: { operation: 'check', typicalMs: 1 },
  inspect: async () => ({ finding: 'not-started', detail: 'afresh' }),
  start: async ({ passes }, context) => {
    if (behaviourOf(context) === 'hangs') return untilStopped(context.signal);
    if (!passes) throw fail('check-failed', { check: { expected: 'true', observed: 'false' } });
    return { kind: 'done', output: {}, check: { expected: 'true', observed: 'true' } };
  },
  observe: async () => ({}),
});

const probe = defineProbe<object, TestWorld>({
  name: 'test/probe',
  title: 'Probe',
  input: z.strictObject({}),
  read: async (_, { world }) => {
    if (world.probeDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, world.probeDelayMs).unref());
    return world.up ? { healthy: true } : { healthy: false, detail: 'connection refused' };
  },
});

const canary = defineCanary<object, TestWorld>({
  name: 'test/canary',
  title: 'Canary',
  input: z.strictObject({}),
  writes: () => [PRIMARY],
  open: async (_, { world }) => {
    world.calls.push('canary opened');
    if (world.canaryFails) throw fail('canary-unreachable');
    return {
      write: async (sequence) => {
        if (world.calls.includes('outage')) throw fail('gone');
        world.rows.add(sequence);
      },
      close: async () => void world.calls.push('canary closed'),
    };
  },
  survivors: async (_, { world }) => {
    world.calls.push('canary read');
    return [...world.rows].filter((row) => row <= world.lostAbove).sort((a, b) => a - b);
  },
  remove: async (_, { world }) => {
    world.calls.push('canary removed');
    world.rows.clear();
    return ['rows'];
  },
  leftOvers: async (_, { world }) => world.leftOvers,
});

export const catalogue: Catalogue<TestWorld> = {
  actions: new Map([write, outage, recover, check].map((action) => [action.name, action])),
  probes: new Map([[probe.name, probe]]),
  canaries: new Map([[canary.name, canary]]),
};

export const inventory: Inventory<TestWorld> = {
  read: async (ids, { world }) => {
    const asked = ids.map((id) => ({
      id,
      type: 'Microsoft.Test/things',
      facts: world.facts.get(id) ?? { present: false },
    }));
    const others = [...world.facts].filter(([id]) => !ids.includes(id));
    return [...asked, ...others.map(([id, facts]) => ({ id, type: 'Microsoft.Test/things', facts }))];
  },
};

export const step = (id: string, phase: PlannedStep['phase'], more: Partial<PlannedStep> = {}): PlannedStep => ({
  id,
  phase,
  uses: 'test/write',
  kind: 'write',
  with: {},
  needs: [],
  timeoutMs: 5000,
  retry: { attempts: 1, backoffMs: 10, maximumMs: 20 },
  undo: 'reversible',
  changesDataRoles: false,
  writes: [REPLICA],
  forecastMs: 10,
  criticalMs: 10,
  ...more,
});

const FAULT = step('lose', 'disruption', { uses: 'fault/outage', kind: 'fault', writes: [] });
export const checkStep = (id: string, more: Partial<PlannedStep> = {}) =>
  step(id, 'verification', { uses: 'test/check', kind: 'check', undo: 'nothing-to-undo', writes: [], ...more });

/** A plan with a fault, a recovery, a check and a way back; short in every respect. */
export const planOf = (more: Partial<Plan> = {}): Plan => ({
  formatVersion: 1,
  drill: 'small',
  title: 'Small',
  exercise: 'functional',
  mode: 'live',
  environment: { kind: 'twin', name: 'small', tenant: 't', subscription: SUBSCRIPTION },
  systems: ['orders'],
  objectives: [],
  resources: { primary: PRIMARY, replica: REPLICA },
  scope: [PRIMARY, REPLICA],
  approvals: { required: 1, roles: ['dr-lead'], expiresMs: 60_000 },
  declaration: { automatic: true, roles: [] },
  probes: [
    { id: 'shop', system: 'orders', uses: 'test/probe', with: {}, everyMs: 10, timeoutMs: 200, stableForMs: 60 },
  ],
  canaries: [{ id: 'rows', system: 'orders', uses: 'test/canary', with: {}, everyMs: 5 }],
  guardrails: [],
  steps: [
    FAULT,
    step('promote', 'recovery', { uses: 'test/recover', undo: 'failback' }),
    checkStep('answers'),
    step('fail-back', 'restoration', { undo: 'failback' }),
  ],
  baselineMs: 40,
  detectionTimeoutMs: 2000,
  stabilityTimeoutMs: 5000,
  values: { region: 'north' },
  permissions: [],
  ...more,
});

/** A plan of steps alone: nothing watches, nothing is waited for. */
export const stepsOnly = (steps: readonly PlannedStep[], more: Partial<Plan> = {}): Plan =>
  planOf({
    steps,
    probes: [],
    canaries: [],
    baselineMs: 0,
    approvals: { required: 0, roles: [], expiresMs: 0 },
    ...more,
  });

export const FAST: Partial<Limits> = {
  inspectBackoffMs: 5,
  graceMs: 50,
  baselineGiveUpMs: 300,
  canaryReopenMs: 20,
  canaryBackoffMs: 5,
  proveSettleMs: 60,
  provePollMs: 10,
  inboxPollMs: 10,
  flushMs: 20,
  shutdownMs: 500,
};

/** Everything a run needs, and what to look at afterwards. */
export interface Drill {
  readonly world: TestWorld;
  readonly store: JournalStore;
  readonly journal: RunJournal;
  readonly options: DrillOptions & { readonly opened: EventOf<'run.opened'> };
  readonly events: () => readonly DrillEvent[];
}

const approval: EventOf<'approval.decided'> = {
  type: 'approval.decided',
  decision: 'approved',
  as: 'dana',
  role: 'dr-lead',
  verified: false,
  automatic: true,
};

export interface DrillWishes extends Partial<Omit<DrillOptions, 'plan' | 'world'>> {
  readonly plan?: Plan;
  readonly world?: TestWorld;
  readonly unattended?: boolean;
}

export function drillOf({
  plan = planOf(),
  world = createWorld(),
  unattended = true,
  ...more
}: DrillWishes = {}): Drill {
  const store = openMemoryStore();
  const journal =
    more.journal ?? store.create({ run: 'run-1', drill: plan.drill, openedAt: 0, plan: JSON.stringify(plan) });
  const opened: EventOf<'run.opened'> = {
    type: 'run.opened',
    run: journal.run,
    drill: plan.drill,
    planDigest: 'digest',
    environment: { kind: 'twin', name: 'small' },
    requestedBy: 'dana',
    unattended,
    rehearsal: false,
    tool: 'test',
  };
  const options = {
    plan,
    kernel: askingForPreflight(createKernel(plan)),
    journal,
    catalogue,
    inventory,
    world,
    clock: systemClock,
    limits: FAST,
    approve: async () => approval,
    evaluate: judge,
    signal: new AbortController().signal,
    opened,
    ...more,
  };
  return { world, store, journal, options, events: () => store.events(journal.run) };
}

export const approvalOf = (more: Partial<EventOf<'approval.decided'>>): EventOf<'approval.decided'> => ({
  ...approval,
  ...more,
});

/** A judge that is enough for tests of the engine. */
function judge(events: readonly DrillEvent[]): { outcome: Outcome; reasons: readonly string[] } {
  const has = (type: EventType) => events.some((event) => event.type === type);
  if (has('abort.requested') || has('guardrail.tripped')) return { outcome: 'aborted', reasons: [] };
  if (events.some((event) => event.type === 'preflight.finished' && !event.ready))
    return { outcome: 'not-ready', reasons: [] };
  if (events.some((event) => event.type === 'baseline.finished' && !event.held))
    return { outcome: 'not-ready', reasons: [] };
  if (has('step.failed')) return { outcome: 'failed', reasons: [] };
  return { outcome: 'passed', reasons: [] };
}

/** The events of one type. */
export const ofType = <Type extends EventType>(events: readonly DrillEvent[], type: Type) =>
  events.filter((event): event is Extract<DrillEvent, { type: Type }> => event.type === type);

const NOISE: ReadonlySet<EventType> = new Set<EventType>(['probe.readings', 'canary.writes', 'clock.stepped']);
/** `step.started promote`, in order, without what the observers say. */
export const story = (events: readonly DrillEvent[]): readonly string[] =>
  events
    .filter(({ type }) => !NOISE.has(type))
    .map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type));

/** TEMPORARY */
function askingForPreflight(kernel: DrillOptions['kernel']): DrillOptions['kernel'] {
  return {
    ...kernel,
    decide: (state, event) => {
      const decision = kernel.decide(state, event);
      return event.type === 'run.opened' && decision.effects.length === 0
        ? { ...decision, effects: [{ type: 'preflight' }] }
        : decision;
    },
  };
}
