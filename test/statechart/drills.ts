// Plans for tests of the statechart: a builder, and drills that between them use everything the machines can do.
import type { StepPhase } from '../../src/model/phase.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import { plannedStep } from '../plan/planned-step.ts';

export const DETECTION_TIMEOUT_MS = 60_000;
export const STABILITY_TIMEOUT_MS = 90_000;

/** A plan with these steps; what a test does not care about has a harmless value. */
export const drillPlan = (steps: readonly PlannedStep[], changes: Partial<Plan> = {}): Plan => ({
  formatVersion: 1,
  drill: 'test-drill',
  title: 'A drill of the tests',
  exercise: 'functional',
  mode: 'isolated',
  environment: { kind: 'twin', name: 'twin', tenant: 'tenant', subscription: 'subscription' },
  systems: [],
  objectives: [],
  resources: {},
  scope: [],
  approvals: { required: 0, roles: [], expiresMs: 1 },
  declaration: { automatic: true, roles: [] },
  probes: [],
  canaries: [],
  guardrails: [],
  steps,
  baselineMs: 0,
  detectionTimeoutMs: DETECTION_TIMEOUT_MS,
  stabilityTimeoutMs: STABILITY_TIMEOUT_MS,
  values: {},
  permissions: [],
  ...changes,
});

type Changes = Partial<Omit<PlannedStep, 'id' | 'phase' | 'needs'>>;
const stepOf =
  (phase: StepPhase, defaults: Changes) =>
  (id: string, needs: readonly string[] = [], changes: Changes = {}): PlannedStep =>
    plannedStep(id, { phase, needs, ...defaults, ...changes });

export const fault = stepOf('disruption', { kind: 'fault', undo: 'reversible' });
export const recovery = stepOf('recovery', { undo: 'reversible' });
export const check = stepOf('verification', { kind: 'check' });
export const failback = stepOf('restoration', {});
export const TWICE = { attempts: 2, backoffMs: 500, maximumMs: 10_000 };

export const probe = (id: string) => ({
  id,
  system: 'shop',
  uses: 'http/probe',
  with: {},
  everyMs: 250,
  timeoutMs: 2_000,
  stableForMs: 5_000,
});
export const canary = (id: string) => ({ id, system: 'shop', uses: 'postgres/canary', with: {}, everyMs: 20 });

/** Two faults, a promotion that changes data roles, checks, failback; probe and canary bear the same name. */
export const failover = drillPlan(
  [
    fault('lose-region'),
    fault('cut-link', ['lose-region']),
    recovery('stop-writes'),
    recovery('promote', ['stop-writes'], { undo: 'failback', changesDataRoles: true, retry: TWICE }),
    recovery('steer', ['promote'], { retry: TWICE }),
    recovery('warm', ['stop-writes']),
    check('no-holes'),
    check('orders', [], { retry: TWICE }),
    check('totals', ['orders']),
    failback('reseed'),
    failback('steer-back', ['reseed']),
  ],
  { approvals: { required: 2, roles: ['lead'], expiresMs: 1 }, probes: [probe('shop')], canaries: [canary('shop')] },
);

/** Nothing changes data roles, so that a failure takes everything back. */
export const reconfigure = drillPlan([
  fault('slow-link', [], { retry: TWICE }),
  recovery('scale-up'),
  recovery('route-a', ['scale-up']),
  recovery('route-b', ['scale-up'], { retry: TWICE }),
  recovery('note', ['scale-up'], { undo: 'nothing-to-undo' }),
  recovery('flush', ['route-a', 'route-b']),
  check('healthy'),
  failback('tidy'),
]);

/** No disruption: a restore drill that goes from baseline to recovery directly. */
export const restore = drillPlan([recovery('restore', [], { undo: 'failback' }), check('rows'), failback('remove')], {
  canaries: [canary('rows'), canary('files')],
});

export const DRILLS: readonly { readonly name: string; readonly plan: Plan }[] = [
  { name: 'failover', plan: failover },
  { name: 'reconfigure', plan: reconfigure },
  { name: 'restore', plan: restore },
  { name: 'a drill without steps', plan: drillPlan([], { probes: [probe('a'), probe('b')] }) },
];
