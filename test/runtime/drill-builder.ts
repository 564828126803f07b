// A drill on a world inside this process: real kernel, real loop, real memory journal; only the world is small.
import type { RunJournal } from '../../src/journal/journal.ts';
import { type MemoryStore, openMemoryStore } from '../../src/journal/memory.ts';
import type { DrillEvent, EventOf, EventType } from '../../src/model/events.ts';
import type { Outcome } from '../../src/model/phase.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import type { Limits } from '../../src/runtime/limits.ts';
import type { DrillOptions } from '../../src/runtime/run-drill.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { catalogue, createWorld, inventory, PRIMARY, REPLICA, SUBSCRIPTION, type TestWorld } from './test-world.ts';

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

const FAST: Partial<Limits> = {
  inspectBackoffMs: 5,
  requestSettleMs: 200,
  settlePollMs: 20,
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
  readonly store: MemoryStore;
  readonly journal: RunJournal;
  readonly options: DrillOptions;
  readonly events: () => readonly DrillEvent[];
}

const approval: EventOf<'approval.decided'> = {
  type: 'approval.decided',
  decision: 'approved',
  as: 'dana',
  role: 'dr-lead',
  verified: false,
  automatic: true,
  planDigest: 'digest',
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
  const opened: EventOf<'run.opened'> = {
    type: 'run.opened',
    run: 'run-1',
    drill: plan.drill,
    planDigest: 'digest',
    environment: { kind: 'twin', name: 'small' },
    requestedBy: 'kim',
    unattended,
    rehearsal: false,
    tool: 'test',
  };
  const record = { run: 'run-1', drill: plan.drill, openedAt: 0, plan: JSON.stringify(plan) };
  const journal = more.journal ?? store.now.create(record, { at: systemClock.now(), body: opened });
  const options = {
    plan,
    kernel: createKernel(plan),
    journal,
    catalogue,
    inventory,
    world,
    clock: systemClock,
    limits: FAST,
    approve: async () => ({ ...approval, automatic: unattended }),
    evaluate: judge,
    signal: new AbortController().signal,
    ...more,
  };
  return { world, store, journal, options, events: () => store.now.events(journal.run) };
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
