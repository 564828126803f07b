// Builds the events of a region failover whose every number can be computed by hand. All times are milliseconds after START.
import type { DrillEvent, EventBody, InventoryItem } from '../../src/model/events.ts';
import { digestOf } from '../../src/model/json.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';

export const START = Date.UTC(2026, 10, 21, 10);

export interface Timed {
  readonly at: number;
  readonly body: EventBody;
}

/** What a test may change; everything else follows from it. */
export interface RunOptions {
  readonly rtoMs?: number;
  readonly rpoMs?: number;
  /** First canary write that did not survive; 280 and more: none is lost. */
  readonly firstLost?: number;
  readonly simulated?: boolean;
  readonly rehearsal?: boolean;
  readonly title?: string;
}

/** Every 20 ms one write, acknowledged 5 ms after it was sent: sequence n leaves at 400 + 20 n. The last acknowledged one is 279. */
export const CANARY = { from: 400, everyMs: 20, ackMs: 5, last: 279, until: 8400 };
export const T0 = { earliest: 5980, effectiveAt: 6000, latest: 6020 };

const step = (id: string, phase: PlannedStep['phase'], uses: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  id,
  phase,
  uses,
  kind: 'write',
  with: {},
  needs: [],
  timeoutMs: 600_000,
  retry: { attempts: 1, backoffMs: 1000, maximumMs: 10_000 },
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  writes: [],
  forecastMs: 1000,
  criticalMs: 1000,
  ...more,
});

const id = (type: string, name: string) =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-orders/providers/${type}/${name}`;
export const PRIMARY = id('Microsoft.DBforPostgreSQL/flexibleServers', 'orders-db-weu');
export const REPLICA = id('Microsoft.DBforPostgreSQL/flexibleServers', 'orders-db-neu');
export const TRAFFIC = id('Microsoft.Network/trafficManagerProfiles', 'orders-tm');

const check = { kind: 'check', undo: 'nothing-to-undo' } as const;

/** The plan of the builder's run. */
export function planOf({
  rtoMs = 120_000,
  rpoMs = 2000,
  title = 'Orders loses West Europe and recovers in North Europe',
}: RunOptions = {}): Plan {
  return {
    formatVersion: 1,
    drill: 'region-failover',
    title,
    exercise: 'functional',
    mode: 'live',
    environment: {
      kind: 'twin',
      name: 'region-failover',
      tenant: 't',
      subscription: '11111111-1111-1111-1111-111111111111',
    },
    systems: ['orders'],
    objectives: [{ system: 'orders', rtoMs, rpoMs }],
    resources: { primary: PRIMARY, replica: REPLICA, traffic: TRAFFIC },
    scope: [PRIMARY, REPLICA, TRAFFIC],
    approvals: { required: 1, roles: ['dr-lead'], expiresMs: 14_400_000 },
    declaration: { automatic: true, roles: [] },
    probes: [
      { id: 'shop', system: 'orders', uses: 'http/probe', with: {}, everyMs: 250, timeoutMs: 2000, stableForMs: 5000 },
    ],
    canaries: [{ id: 'orders-rows', system: 'orders', uses: 'postgres/canary', with: {}, everyMs: CANARY.everyMs }],
    guardrails: [],
    steps: [
      step('lose-west-europe', 'disruption', 'fault/region-outage', {
        kind: 'fault',
        undo: 'reversible',
        writes: [PRIMARY],
      }),
      step('promote', 'recovery', 'azure/postgresql.promote', {
        undo: 'failback',
        changesDataRoles: true,
        writes: [REPLICA],
      }),
      step('steer', 'recovery', 'azure/trafficmanager.endpoint', {
        needs: ['promote'],
        undo: 'reversible',
        writes: [TRAFFIC],
      }),
      step('shop-answers', 'verification', 'http/assert', check),
      step('no-holes', 'verification', 'postgres/assert', check),
      step('reseed', 'restoration', 'azure/postgresql.replica', { undo: 'failback', writes: [PRIMARY] }),
      step('switch-back', 'restoration', 'azure/postgresql.promote', {
        needs: ['reseed'],
        undo: 'failback',
        changesDataRoles: true,
        writes: [PRIMARY],
      }),
      step('steer-back', 'restoration', 'azure/trafficmanager.endpoint', {
        needs: ['switch-back'],
        undo: 'reversible',
        writes: [TRAFFIC],
      }),
    ],
    baselineMs: 5000,
    detectionTimeoutMs: 60_000,
    stabilityTimeoutMs: 300_000,
    values: {},
    permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/write'],
    runbook: 'runbooks/region-failover.md',
  };
}

/** What stands before the drill, and again after it. */
export const inventory: InventoryItem[] = [PRIMARY, REPLICA, TRAFFIC].map((item) => ({
  id: item,
  type: 'x',
  facts: {},
}));

const at = (ms: number, body: EventBody): Timed => ({ at: START + ms, body });

const opened = (plan: Plan, rehearsal: boolean): EventBody => ({
  type: 'run.opened',
  run: 'drl-20261121-100000-region-failover',
  drill: plan.drill,
  planDigest: digestOf(plan),
  environment: { kind: plan.environment.kind, name: plan.environment.name },
  requestedBy: 'dana',
  unattended: true,
  rehearsal,
  tool: 'drillmaster 0.1.0',
});

const done = (
  name: string,
  from: number,
  until: number,
  more: Partial<Extract<EventBody, { type: 'step.succeeded' }>> = {},
): Timed[] => [
  at(from, { type: 'step.started', step: name, attempt: 1, requestId: `request-${name}`, before: {} }),
  at(until, { type: 'step.succeeded', step: name, attempt: 1, output: {}, ...more }),
];

/** Seen from outside: up, down from T0, up again at 26,150, and a short break while the original takes over again. */
const healthyAt = (ms: number) => ms + 250 <= T0.effectiveAt + 150 || (ms >= 26_150 && !(ms >= 45_000 && ms < 45_500));

function probeEvents(until: number): Timed[] {
  const events: Timed[] = [];
  for (let from = 400; from < until; from += 1000) {
    const sent = [from, from + 250, from + 500, from + 750].filter((ms) => ms < until);
    const readings = sent.map((ms): [number, number, boolean, string?] =>
      healthyAt(ms) ? [START + ms, START + ms + 30, true] : [START + ms, START + ms + 250, false, 'connection refused'],
    );
    // What is known of the last moments is on record before the end.
    events.push(at(Math.min(Math.max(...sent) + 251, until - 1), { type: 'probe.readings', probe: 'shop', readings }));
  }
  return events;
}

function canaryEvents(): Timed[] {
  const events: Timed[] = [];
  const { from, everyMs, ackMs, last, until } = CANARY;
  const count = (until - from) / everyMs;
  for (let first = 0; first < count; first += 50) {
    const writes = Array.from({ length: 50 }, (_, index): [number, number, number | null] => {
      const sent = START + from + (first + index) * everyMs;
      return [first + index, sent, first + index <= last ? sent + ackMs : null];
    });
    events.push(at(from + (first + 50) * everyMs, { type: 'canary.writes', canary: 'orders-rows', writes }));
  }
  return events;
}

/** The run that passes: RTO 22,000 ± 290 ms, RPO 295 ± 60 ms with the defaults. Unsorted; see `place`. */
export function timedEvents(options: RunOptions = {}): readonly Timed[] {
  const { firstLost = 265, simulated = false, rehearsal = false } = options;
  const plan = planOf(options);
  const fault = {
    effectiveAt: START + T0.effectiveAt,
    earliest: START + T0.earliest,
    latest: START + T0.latest,
    simulated,
    source: 'twin',
    fidelity: [],
  };
  return [
    at(0, opened(plan, rehearsal)),
    at(200, { type: 'preflight.finished', ready: true, findings: [] }),
    at(300, {
      type: 'approval.decided',
      decision: 'approved',
      as: 'dana',
      role: 'dr-lead',
      verified: false,
      automatic: true,
    }),
    at(5300, { type: 'baseline.finished', held: true, findings: [], inventory }),
    ...done('lose-west-europe', 5350, 6050, { output: fault }),
    at(6410, { type: 'declaration.made', as: 'drillmaster', automatic: true, reason: 'probe shop failed' }),
    at(6450, { type: 'step.started', step: 'promote', attempt: 1, requestId: 'request-promote', before: {} }),
    at(6700, { type: 'step.accepted', step: 'promote', attempt: 1, handleDigest: 'a'.repeat(64) }),
    at(24_700, { type: 'step.succeeded', step: 'promote', attempt: 1, output: {} }),
    ...done('steer', 24_750, 25_900),
    ...done('shop-answers', 25_950, 26_900, { check: { expected: 'status == 200', observed: 'status 200' } }),
    ...done('no-holes', 25_960, 28_000, { check: { expected: 'rows[0].holes == 0', observed: 'holes 0' } }),
    at(26_500, {
      type: 'canary.survivors',
      canary: 'orders-rows',
      present: [[0, Math.min(firstLost - 1, CANARY.last)]],
    }),
    at(31_432, { type: 'probe.stable', probe: 'shop', since: START + 26_150, until: START + 31_430 }),
    at(31_450, { type: 'undo.started', step: 'lose-west-europe', attempt: 1, requestId: 'request-undo' }),
    at(34_000, { type: 'undo.succeeded', step: 'lose-west-europe', attempt: 1, output: {} }),
    ...done('reseed', 34_050, 40_000),
    ...done('switch-back', 40_050, 52_000),
    ...done('steer-back', 52_050, 53_000),
    at(53_500, { type: 'restoration.cleaned', removed: ['table drillmaster_canary'], leftOvers: [] }),
    at(59_000, { type: 'restoration.proved', proved: true, differences: [], leftOvers: [], inventory }),
    ...probeEvents(59_000),
    ...canaryEvents(),
  ];
}

/** Sorts by time and gives each event its place. */
export const place = (timed: readonly Timed[]): readonly DrillEvent[] =>
  timed.toSorted((a, b) => a.at - b.at).map(({ at: when, body }, index) => ({ ...body, seq: index + 1, at: when }));

/** Plan and events of a run up to its evaluation. `change` rewrites, drops (undefined) or multiplies events. */
export function buildRun(
  options: RunOptions = {},
  change: (body: EventBody) => EventBody | readonly EventBody[] | undefined = (body) => body,
) {
  const timed = timedEvents(options).flatMap((event) => {
    const changed = change(event.body) ?? [];
    const bodies = Array.isArray(changed) ? (changed as readonly EventBody[]) : [changed as EventBody];
    return bodies.map((body) => ({ ...event, body }));
  });
  return { plan: planOf(options), timed, events: place(timed) };
}

/** The events that end a run, for lists that were judged. */
export const ending = (
  outcome: Extract<EventBody, { type: 'run.closed' }>['outcome'],
  reasons: readonly string[],
): readonly Timed[] => [
  at(59_300, { type: 'evaluation.finished', outcome, reasons: [...reasons] }),
  at(59_400, { type: 'run.closed', outcome }),
];

export const timedAt = at;
